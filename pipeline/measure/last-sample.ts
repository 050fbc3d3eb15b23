import { setTimeout } from 'node:timers/promises';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { type Quantiles, quantiles } from './quantiles.ts';
import { type Effort, repeat, type Watcher } from './repeat.ts';
import type { Subject, WindowTokens } from './subject.ts';

/** A window takes so many times as long to come as to be read at once: the model has time to keep up, as in life. */
const UNHURRIED = 4;
/** Timers know no less. */
const SHORTEST_PAUSE_MS = 1;

/**
 * From the last sample of a window to its answer, in milliseconds, where the rows before it have been read as they came.
 * They come evenly, in four times the time which the model takes for the whole window at once (`windowMs`): faster than in
 * life, with nothing left waiting when the last one comes.
 */
export async function lastSampleLatency(
  runtime: ModelRuntime,
  { windows }: Subject,
  windowMs: number,
  effort: Effort,
  watcher?: Watcher,
): Promise<Quantiles> {
  const answer = (n: number): Promise<number> => {
    const window = windows[n % windows.length]!;
    const pauseMs = Math.max(SHORTEST_PAUSE_MS, (UNHURRIED * windowMs) / window.length);
    return answerStreamed(runtime, window, pauseMs);
  };
  return quantiles(await repeat(answer, effort, watcher));
}

/** @returns milliseconds from the last row to the answer */
async function answerStreamed(runtime: ModelRuntime, window: WindowTokens, pauseMs: number): Promise<number> {
  const sequence = runtime.open();
  for (const row of window.slice(0, -1)) {
    sequence.push(row);
    await setTimeout(pauseMs);
  }
  const lastSampleMs = performance.now();
  sequence.push(window.at(-1)!);
  await sequence.score();
  return performance.now() - lastSampleMs;
}
