import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { decodeTokensPerS } from './generation.ts';
import type { Quantiles } from './quantiles.ts';
import type { Subject } from './subject.ts';
import { windowLatency } from './window-latency.ts';

/** The two figures by which variants are compared. */
export interface Speed {
  /** A whole window, read at once, to its answer. */
  readonly windowMs: Quantiles;
  /** Free text, token by token. */
  readonly decodeTokensPerS: number;
}

const WINDOWS = { warmUp: 5, runs: 200, patienceMs: 4000 };
const TEXTS = { warmUp: 1, runs: 5, patienceMs: 4000 };

export async function speedOf(subject: Subject): Promise<Speed> {
  const runtime = await ModelRuntime.start(subject.model);
  try {
    return {
      windowMs: await windowLatency(runtime, subject, WINDOWS),
      decodeTokensPerS: await decodeTokensPerS(runtime, subject.model.shape, TEXTS),
    };
  } finally {
    await runtime.close();
  }
}
