import type { TinyBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { AgentConfig } from '../config.ts';
import { startFitting } from '../guards/fit-machine.ts';
import type { Log } from '../log.ts';
import type { ModelMemory, NamedModel } from './model-memory.ts';

export interface FirstBrain {
  readonly brain: TinyBrain;
  /** The folder of its bundle. */
  readonly bundle: string;
}

/**
 * Start the model that was swapped in last, if the configuration has not named another since; else, and where that one cannot
 * be started any more, the configured one.
 *
 * @throws TinyError when the configured one is missing or too much for this machine
 */
export async function firstBrain(config: AgentConfig, memory: ModelMemory, log: Log): Promise<FirstBrain> {
  const { threads, guards, load } = config;
  const start = async ({ bundle, variant }: NamedModel): Promise<FirstBrain> => {
    const isLive = load === 'newest';
    return { brain: await startFitting({ bundle, variant, threads, guards, isLive, log }), bundle };
  };
  const swapped = await memory.recall(config);
  if (swapped === undefined) return start(config);
  try {
    const first = await start(swapped);
    log.info(`${first.brain.model} (${swapped.bundle}) was swapped in before, and goes on`);
    return first;
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    log.warn(
      `the model that was swapped in cannot be started: ${error.message}; ${error.hint}. ${config.bundle} of the configuration answers`,
    );
    return start(config);
  }
}
