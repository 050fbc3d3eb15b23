import { type Bundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { answer, type Brain } from '../../pipeline/brain.ts';
import { isRateTask, type TaskSpec, windowUs } from '../../protocols/task.ts';

/** The first runs of a session are slow. */
const WARM_UP = 2;
const MEASURED = 7;

/**
 * How long the model computes for one window on this machine: the median of a few of the bundle's own examples, read in
 * one go, in milliseconds. Live windows are read while they fill; all of it is work for the processor nevertheless.
 */
export async function windowMs(brain: Brain, bundle: Bundle): Promise<number> {
  const golden = await readGolden(bundle);
  const times: number[] = [];
  for (let run = 0; run < WARM_UP + MEASURED; run++) {
    const rows = rowsFromJson(golden[run % golden.length]!.rows);
    const start = performance.now();
    await answer(brain, 'measurement', rows);
    times.push(performance.now() - start);
  }
  return times.slice(WARM_UP).sort((a, b) => a - b)[MEASURED >> 1]!;
}

/**
 * How long a window may take, in milliseconds, or the model falls behind with a single board: the hop. Triggered windows
 * come at most one after the other.
 */
export const deadlineMs = (task: TaskSpec): number =>
  task.window.hopMs ?? (isRateTask(task) ? windowUs(task) / 1000 : Number.POSITIVE_INFINITY);
