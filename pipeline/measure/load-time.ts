import { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { Subject } from './subject.ts';
import { answerWindow } from './window-latency.ts';

/** From the call that starts a model to its first answer, and where that time goes. */
export interface LoadTime {
  readonly totalMs: number;
  /** The thread, and the code that runs in it. */
  readonly workerMs: number;
  /** The model file, into ONNX Runtime. */
  readonly sessionMs: number;
  /** The tokens before every window. */
  readonly prefixMs: number;
  /** Its first window, which is slower than those after it; 0 for a model without a task. */
  readonly firstAnswerMs: number;
}

/** Of a model that this process has not loaded before. */
export async function loadTime({ model, windows: [window] }: Subject): Promise<LoadTime> {
  const startMs = performance.now();
  const runtime = await ModelRuntime.start(model);
  const readyMs = performance.now();
  if (window) await answerWindow(runtime, window);
  const endMs = performance.now();
  const { sessionMs, prefixMs } = runtime.loadTimes;
  await runtime.close();
  return {
    totalMs: endMs - startMs,
    workerMs: readyMs - startMs - sessionMs - prefixMs,
    sessionMs,
    prefixMs,
    firstAnswerMs: endMs - readyMs,
  };
}
