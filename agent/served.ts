import type { Brain } from '../pipeline/brain.ts';
import { SharedModels } from '../pipeline/shared-models.ts';
import type { TaskSpec } from '../protocols/task.ts';
import { modelsOf, type NamedModel } from './config/bundles.ts';
import type { AgentConfig } from './config.ts';
import { type FittingOptions, startFitting } from './guards/fit-machine.ts';
import type { Log } from './log.ts';
import { refuseSameTask } from './one-task-each.ts';
import { firstModel } from './operations/first-model.ts';
import { ModelMemory } from './operations/model-memory.ts';
import { SwappableBrain } from './operations/swappable-brain.ts';

/** A task that an agent answers, and the model by which it does so. */
export interface Served {
  readonly brain: SwappableBrain;
  readonly configured: NamedModel;
  /** In use: another than the configured one after a swap. */
  model: NamedModel;
  /** Remembers a swap over a restart. */
  readonly memory: Pick<ModelMemory, 'remember'>;
}

/** The tasks of an agent, and how the model of a swap is started beside theirs. */
export interface Serving {
  readonly served: readonly Served[];
  readonly start: typeof startFitting;
  /** Ends all models. */
  close(): Promise<void>;
}

export interface ServingOptions {
  readonly stateDir: string;
  readonly log: Log;
  /** Stands in for the first bundle; is not closed with the others. */
  readonly brain?: Brain | undefined;
}

/**
 * Start the models of a configuration, one after the other: what is free when one is judged is what the others have left. Those on
 * one base share its weights.
 *
 * @throws TinyError when one is missing or too much for this machine, or two are of one task
 */
export async function startServing(config: AgentConfig, options: ServingOptions): Promise<Serving> {
  const models = new SharedModels();
  const start = (fitting: FittingOptions) => startFitting({ ...fitting, models });
  const served: Served[] = [];
  const close = async () => void (await Promise.all(served.map(({ brain }) => brain.close())));
  try {
    for (const [place, configured] of modelsOf(config).entries()) {
      served.push(await startServed(config, { ...options, configured, place, start }));
      refuseSameTask(
        served.map(({ brain, model }) => ({ task: brain.task.spec.name, bundle: model.bundle })),
      );
    }
    return { served, start, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ServedOptions extends ServingOptions {
  readonly configured: NamedModel;
  readonly place: number;
  readonly start: typeof startFitting;
}

async function startServed(
  config: AgentConfig,
  { configured, place, start, stateDir, log, brain: given }: ServedOptions,
): Promise<Served> {
  const memory = new ModelMemory(stateDir, config, log, place);
  if (given !== undefined && place === 0) {
    return { brain: new SwappableBrain(given), configured, model: configured, memory };
  }
  const { threads, guards, load } = config;
  const isLive = load === 'newest';
  const startModel = (model: NamedModel) => start({ ...model, threads, guards, isLive, log });
  const { brain, model } = await firstModel(configured, startModel, memory, log);
  return { brain: new SwappableBrain(brain, () => brain.close()), configured, model, memory };
}

/** What the tasks of an agent are, in their order. */
export const tasksOf = (served: readonly Pick<Served, 'brain'>[]): TaskSpec[] =>
  served.map(({ brain }) => brain.task.spec);
