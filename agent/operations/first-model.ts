import type { TinyBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { NamedModel } from '../config/bundles.ts';
import type { Log } from '../log.ts';
import type { ModelMemory } from './model-memory.ts';

export interface FirstModel {
  readonly brain: TinyBrain;
  readonly model: NamedModel;
}

/**
 * Start the model that was swapped in last, if the configuration has not named another since; else, and where that one cannot
 * be started any more, the configured one.
 *
 * @throws TinyError when the configured one is missing or too much for this machine
 */
export async function firstModel(
  configured: NamedModel,
  start: (model: NamedModel) => Promise<TinyBrain>,
  memory: ModelMemory,
  log: Log,
): Promise<FirstModel> {
  const swapped = await memory.recall(configured);
  if (swapped === undefined) return { brain: await start(configured), model: configured };
  try {
    const brain = await start(swapped);
    log.info(`${brain.model} (${swapped.bundle}) was swapped in before, and goes on`);
    return { brain, model: swapped };
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    log.warn(
      `the model that was swapped in cannot be started: ${error.message}; ${error.hint}. ${configured.bundle} of the configuration answers`,
    );
    return { brain: await start(configured), model: configured };
  }
}
