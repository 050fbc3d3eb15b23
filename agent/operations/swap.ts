import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Brain } from '../../pipeline/brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { NamedModel } from '../config/bundles.ts';
import type { Control } from '../control.ts';
import type { LiveConfig } from '../live-config.ts';
import type { Log } from '../log.ts';
import { type Served, type Serving, tasksOf } from '../served.ts';

/** What a swap changes. */
export interface SwapContext extends Pick<Serving, 'served' | 'start'> {
  readonly live: Pick<LiveConfig, 'now'>;
  readonly control: Pick<Control, 'infoChanged$'>;
  readonly log: Log;
}

/** What answers now, and what did before. */
export interface Swapped {
  readonly model: string;
  readonly bundleHash: string;
  readonly before: string;
}

/**
 * Let the model of another bundle answer its task from the next window on.
 *
 * @param named a folder beside one in use, or an absolute path
 * @throws TinyError when it cannot be started, or takes no model's place; what answers now stays
 */
export async function swap(
  { live, served, control, log, start }: SwapContext,
  named: NamedModel,
): Promise<Swapped> {
  const model: NamedModel = { ...named, bundle: folderOf(named.bundle, served) };
  const { threads, guards, load } = live.now;
  // The old model is still there: what is free now is what the new one can have.
  const next = await start({ ...model, threads, guards, isLive: load === 'newest', log });
  let place: Served;
  let before: string;
  try {
    place = placeOf(next, served);
    before = place.brain.model;
    place.brain.swap(next, () => next.close());
  } catch (error) {
    await next.close();
    throw error;
  }
  place.model = model;
  await place.memory.remember(place.configured, model);
  control.infoChanged$.next();
  log.info(`${next.model} (${model.bundle}) answers from the next window on`);
  return { model: next.model, bundleHash: next.bundleHash, before };
}

/** Beside the first of the bundles in use that has such a neighbour. */
function folderOf(named: string, served: readonly Served[]): string {
  const beside = served.map(({ model }) => resolve(dirname(model.bundle), named));
  return beside.find((folder) => existsSync(folder)) ?? beside[0]!;
}

/** A single model is asked itself whether this one can take its place. */
function placeOf({ task, model }: Brain, served: readonly Served[]): Served {
  const { name: wanted } = task.spec;
  const place = served.length === 1 ? served[0] : served.find(({ brain }) => brain.task.spec.name === wanted);
  if (place !== undefined) return place;
  const tasks = tasksOf(served).map(({ name }) => name);
  throw new TinyError(
    `${model} is of the task ${wanted}, and this agent answers ${tasks.join(', ')}`,
    'name a bundle of one of these tasks, or add it to `bundle` in the configuration and start the agent again',
  );
}
