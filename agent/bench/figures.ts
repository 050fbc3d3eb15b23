import { LiveLine } from '../../commandline/live-line.ts';
import { formatDuration } from '../../commandline/progress.ts';
import type { TextSink } from '../../commandline/terminal.ts';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { measureAlone } from '../../pipeline/measure/alone.ts';
import { decodeTokensPerS, prefillTokensPerS } from '../../pipeline/measure/generation.ts';
import { lastSampleLatency } from '../../pipeline/measure/last-sample.ts';
import type { LoadTime } from '../../pipeline/measure/load-time.ts';
import type { MemoryUse } from '../../pipeline/measure/memory.ts';
import { median, type Quantiles } from '../../pipeline/measure/quantiles.ts';
import type { Effort, Watcher } from '../../pipeline/measure/repeat.ts';
import type { Subject } from '../../pipeline/measure/subject.ts';
import { windowsPerS } from '../../pipeline/measure/throughput.ts';
import { windowLatency } from '../../pipeline/measure/window-latency.ts';

/** How fast a model answers here; null is what a model without a task does not do. */
export interface Speeds {
  readonly prefillTokensPerS: number;
  readonly decodeTokensPerS: number;
  /** A whole window, read at once, to its answer. */
  readonly windowMs: Quantiles | null;
  /** The last sample of a window whose other rows were read as they came, to its answer. */
  readonly lastSampleMs: Quantiles | null;
  /** With so many boards at once. */
  readonly windowsPerS: number | null;
}

export const BOARDS = 8;

const LABEL_WIDTH = 8;

const PROMPTS: Effort = { warmUp: 2, runs: 40, patienceMs: 4000 };
const TEXTS: Effort = { warmUp: 1, runs: 15, patienceMs: 4000 };
const WINDOWS: Effort = { warmUp: 10, runs: 200, patienceMs: 5000 };
const STREAMED: Effort = { warmUp: 3, runs: 60, patienceMs: 8000 };
const CROWD: Effort = { warmUp: 8, runs: 400, patienceMs: 5000 };

/** Speeds of a model that has been started; how it goes is drawn to `sink`. */
export async function measureSpeeds(
  runtime: ModelRuntime,
  subject: Subject,
  sink: TextSink,
  signal: AbortSignal,
): Promise<Speeds> {
  const { shape } = subject.model;
  const part = <T>(label: string, unit: string, effort: Effort, measure: (watcher: Watcher) => Promise<T>) =>
    shown(sink, label, unit, effort, signal, measure);

  const prefill = await part('prefill', 'prompts', PROMPTS, (watcher) =>
    prefillTokensPerS(runtime, shape, PROMPTS, watcher),
  );
  const decode = await part('decode', 'texts', TEXTS, (watcher) =>
    decodeTokensPerS(runtime, shape, TEXTS, watcher),
  );
  const text = { prefillTokensPerS: prefill, decodeTokensPerS: decode };
  if (subject.windows.length === 0) return { ...text, windowMs: null, lastSampleMs: null, windowsPerS: null };

  const windowMs = await part('one shot', 'windows', WINDOWS, (watcher) =>
    windowLatency(runtime, subject, WINDOWS, watcher),
  );
  const lastSampleMs = await part('streamed', 'windows', STREAMED, (watcher) =>
    lastSampleLatency(runtime, subject, windowMs.p50, STREAMED, watcher),
  );
  const crowd = await part(`${BOARDS} boards`, 'windows', CROWD, (watcher) =>
    windowsPerS(runtime, subject, BOARDS, CROWD, watcher),
  );
  return { ...text, windowMs, lastSampleMs, windowsPerS: crowd };
}

const STARTS: Effort = { warmUp: 0, runs: 5, patienceMs: Number.POSITIVE_INFINITY };
const ONCE: Effort = { ...STARTS, runs: 1 };

/** Load time, the median of some starts, and memory: each start in a process of its own. */
export async function measureStarts(
  subject: Subject,
  sink: TextSink,
  signal: AbortSignal,
): Promise<{ load: LoadTime; memory: MemoryUse }> {
  const load = await shown(sink, 'load', 'starts', STARTS, signal, async ({ onRun }) => {
    const loads: LoadTime[] = [];
    for (let start = 0; start < STARTS.runs; start++) {
      loads.push(await measureAlone('load', subject, signal));
      onRun?.();
    }
    const middleMs = median(loads.map(({ totalMs }) => totalMs));
    return loads.find(({ totalMs }) => totalMs === middleMs)!;
  });
  const memory = await shown(sink, 'memory', 'process', ONCE, signal, async ({ onRun }) => {
    const use = await measureAlone('memory', subject, signal);
    onRun?.();
    return use;
  });
  return { load, memory };
}

/** Something that is done many times, or as long as patience lasts: how often so far, how fast, and what is left. */
async function shown<T>(
  sink: TextSink,
  label: string,
  unit: string,
  { warmUp, runs, patienceMs }: Effort,
  signal: AbortSignal,
  measure: (watcher: Watcher) => Promise<T>,
): Promise<T> {
  const line = new LiveLine(sink);
  const startMs = performance.now();
  const name = label.padEnd(LABEL_WIDTH);
  let done = 0;
  const onRun = (): void => {
    done++;
    const elapsedMs = performance.now() - startMs;
    const leftMs = Math.min((elapsedMs / (done + warmUp)) * (runs - done), patienceMs - elapsedMs);
    const perS = (1000 * (done + warmUp)) / elapsedMs;
    line.show(
      `${name}  ${done} ${unit}  ${perS.toPrecision(3)}/s  ${formatDuration(Math.max(0, leftMs))} left`,
    );
  };
  line.show(name);
  const result = await measure({ signal, onRun }).catch((error: unknown) => {
    line.finish();
    throw error;
  });
  line.show(`${name}  ${done} ${unit} in ${formatDuration(performance.now() - startMs)}`);
  line.finish();
  return result;
}
