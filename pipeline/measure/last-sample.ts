import { setTimeout } from 'node:timers/promises';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { type Quantiles, quantiles } from './quantiles.ts';
import { type Effort, repeat, type Watcher } from './repeat.ts';
import type { Subject, WindowTokens } from './subject.ts';

/** All but the last row is read in about the time of one shot; twice as long, and nothing is left waiting when the last one comes. */
const UNHURRIED = 2;

/**
 * From the last sample of a window to its answer, in milliseconds, where the rows before it have been read when it comes, as
 * they have in life, where a window takes seconds.
 *
 * @param windowMs how long the model takes for a whole window at once
 */
export async function lastSampleLatency(
  runtime: ModelRuntime,
  { windows }: Subject,
  windowMs: number,
  effort: Effort,
  watcher?: Watcher,
): Promise<Quantiles> {
  const answer = (n: number): Promise<number> =>
    answerStreamed(runtime, windows[n % windows.length]!, UNHURRIED * windowMs);
  return quantiles(await repeat(answer, effort, watcher));
}

/** @returns milliseconds from the last row to the answer */
async function answerStreamed(runtime: ModelRuntime, window: WindowTokens, pauseMs: number): Promise<number> {
  const sequence = runtime.open();
  for (const row of window.slice(0, -1)) sequence.push(row);
  await setTimeout(pauseMs);
  const lastSampleMs = performance.now();
  sequence.push(window.at(-1)!);
  await sequence.score();
  return performance.now() - lastSampleMs;
}
