import { chooseVariant, openBundle } from '../../model/bundle.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { Schedule } from '../config/schedules.ts';
import type { AgentConfig } from '../config.ts';
import { misfit } from '../operations/swappable-brain.ts';
import { type Finding, ok, warn } from './finding.ts';

type Swap = Extract<Schedule, { readonly do: 'swap' }>;

/**
 * The models that are to take over by the clock. One that cannot is no failure: the agent goes on with the one it has, and
 * the folder may be filled before its hour.
 *
 * @param tasks those that the agent answers
 */
export function lookAtSwaps({ schedules }: AgentConfig, tasks: readonly TaskSpec[]): Promise<Finding[]> {
  const swaps = schedules.filter((schedule) => schedule.do === 'swap');
  return Promise.all(swaps.map((swap) => lookAtSwap(swap, tasks)));
}

async function lookAtSwap(
  { bundle: folder, variant, cron }: Swap,
  tasks: readonly TaskSpec[],
): Promise<Finding> {
  try {
    const bundle = await openBundle(folder);
    const { name } = chooseVariant(bundle, variant);
    const model = `${bundle.manifest.name} (${name})`;
    const trouble = misfitOfAll(bundle.manifest.task.spec, tasks);
    if (trouble !== undefined) {
      return warn(
        'swap',
        `${model} cannot take over at "${cron}": ${trouble}`,
        'name a bundle of the same task',
      );
    }
    return ok('swap', `${model} takes over at "${cron}"`);
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    return warn('swap', `no model can take over at "${cron}": ${error.message}`, error.hint);
  }
}

/** As a swap judges it: among several tasks, that of the same name is the one to be replaced. */
function misfitOfAll(next: TaskSpec, tasks: readonly TaskSpec[]): string | undefined {
  const present = tasks.find(({ name }) => name === next.name) ?? tasks[0];
  return present === undefined ? undefined : misfit(present, next);
}
