import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { Effort, Watcher } from './repeat.ts';
import type { Subject } from './subject.ts';
import { answerWindow } from './window-latency.ts';

/**
 * Windows per second, when so many boards always have one to be answered.
 *
 * @param effort its runs are windows, of all boards together
 */
export async function windowsPerS(
  runtime: ModelRuntime,
  { windows }: Subject,
  boards: number,
  { warmUp, runs, patienceMs }: Effort,
  { signal, onRun }: Watcher = {},
): Promise<number> {
  const answer = (n: number): Promise<void> => answerWindow(runtime, windows[n % windows.length]!);
  for (let n = 0; n < warmUp; n++) await answer(n);

  const startMs = performance.now();
  let begun = 0;
  let answered = 0;
  const board = async (): Promise<void> => {
    // Every board answers one at least, so that there is something to count.
    do {
      signal?.throwIfAborted();
      await answer(begun++);
      answered++;
      onRun?.();
    } while (begun < runs && performance.now() - startMs < patienceMs);
  };
  await Promise.all(Array.from({ length: boards }, board));
  return (1000 * answered) / (performance.now() - startMs);
}
