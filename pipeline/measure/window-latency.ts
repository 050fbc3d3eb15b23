import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { type Quantiles, quantiles } from './quantiles.ts';
import { type Effort, repeat, type Watcher } from './repeat.ts';
import type { Subject, WindowTokens } from './subject.ts';

/** A whole window that is there at once, to its answer. */
export async function answerWindow(runtime: Pick<ModelRuntime, 'open'>, window: WindowTokens): Promise<void> {
  const sequence = runtime.open();
  sequence.push(window.flat());
  await sequence.score();
}

/** From a whole window that is there at once to its answer, one window after the other, in milliseconds. */
export async function windowLatency(
  runtime: ModelRuntime,
  { windows }: Subject,
  effort: Effort,
  watcher?: Watcher,
): Promise<Quantiles> {
  const answer = async (n: number): Promise<number> => {
    const startMs = performance.now();
    await answerWindow(runtime, windows[n % windows.length]!);
    return performance.now() - startMs;
  };
  return quantiles(await repeat(answer, effort, watcher));
}
