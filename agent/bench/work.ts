import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { writeText } from '../../pipeline/measure/generation.ts';
import type { Subject } from '../../pipeline/measure/subject.ts';
import { answerWindow } from '../../pipeline/measure/window-latency.ts';

/** What a model does for its living, to be done again and again. */
export interface Work {
  /** What is counted: `windows`. */
  readonly unit: 'windows' | 'texts';
  /** The n-th. */
  readonly run: (n: number) => Promise<unknown>;
}

/** Windows, or texts of a model without a task. */
export const workOf = (runtime: ModelRuntime, { model, windows }: Subject): Work =>
  windows.length > 0
    ? { unit: 'windows', run: (n) => answerWindow(runtime, windows[n % windows.length]!) }
    : { unit: 'texts', run: (n) => writeText(runtime, model.shape, n) };
