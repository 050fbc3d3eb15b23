import { type Quantiles, quantiles } from '../../pipeline/measure/quantiles.ts';
import type { MachineState, MachineWatch } from './machine-state.ts';
import type { Work } from './work.ts';

/** A few seconds of a long run. */
export interface SustainedSample extends MachineState {
  /** Its end, in seconds from the start. */
  readonly atS: number;
  readonly windows: number;
  readonly windowsPerS: number;
  readonly windowMs: Quantiles;
}

/** A run without a pause: does the machine keep its pace when it gets warm? */
export interface SustainedRun {
  readonly seconds: number;
  readonly windows: number;
  readonly windowMs: Quantiles;
  /** Of the first minute; the first half of a run that is shorter than two. */
  readonly firstWindowsPerS: number;
  /** Likewise at the end. */
  readonly lastWindowsPerS: number;
  readonly hottestC: number | null;
  /** Whether the processor was slowed down at any time; null where the machine does not tell. */
  readonly throttled: boolean | null;
  /** Ended before its time. */
  readonly interrupted: boolean;
  readonly samples: readonly SustainedSample[];
}

const SAMPLE_EVERY_MS = 5000;
/** A short run has as many samples as this all the same. */
const FEWEST_SAMPLES = 10;

/**
 * Work back to back for so long, or until the signal is aborted.
 *
 * @param tell called with every sample
 */
export async function sustain(
  work: Work,
  durationMs: number,
  watch: Pick<MachineWatch, 'look'>,
  tell: (sample: SustainedSample) => void,
  signal: AbortSignal,
): Promise<SustainedRun> {
  const everyMs = Math.min(SAMPLE_EVERY_MS, durationMs / FEWEST_SAMPLES);
  const samples: SustainedSample[] = [];
  const allMs: number[] = [];
  await watch.look();
  const startMs = performance.now();
  const isOver = () => signal.aborted || performance.now() - startMs >= durationMs;
  while (!isOver()) {
    const sampleMs: number[] = [];
    const sampleStartMs = performance.now();
    do {
      const runStartMs = performance.now();
      await work.run(allMs.length + sampleMs.length);
      sampleMs.push(performance.now() - runStartMs);
    } while (!isOver() && performance.now() - sampleStartMs < everyMs);
    const endMs = performance.now();
    allMs.push(...sampleMs);
    const sample = {
      atS: (endMs - startMs) / 1000,
      windows: sampleMs.length,
      windowsPerS: (1000 * sampleMs.length) / (endMs - sampleStartMs),
      windowMs: quantiles(sampleMs),
      ...(await watch.look()),
    };
    samples.push(sample);
    tell(sample);
  }
  return summary(samples, allMs, signal.aborted);
}

const COMPARED_S = 60;

function summary(
  samples: readonly SustainedSample[],
  allMs: readonly number[],
  interrupted: boolean,
): SustainedRun {
  const seconds = samples.at(-1)?.atS ?? 0;
  const comparedS = Math.min(COMPARED_S, seconds / 2);
  const temperatures = samples.flatMap(({ temperatureC }) => temperatureC ?? []);
  const throttled = samples.flatMap((sample) => sample.throttled ?? []);
  return {
    seconds,
    windows: allMs.length,
    windowMs: quantiles(allMs),
    firstWindowsPerS: meanRate(samples.filter(({ atS }) => atS <= comparedS)),
    lastWindowsPerS: meanRate(samples.filter(({ atS }) => atS > seconds - comparedS)),
    hottestC: temperatures.length > 0 ? Math.max(...temperatures) : null,
    throttled: throttled.length > 0 ? throttled.includes(true) : null,
    interrupted,
    samples,
  };
}

function meanRate(samples: readonly SustainedSample[]): number {
  const windows = samples.reduce((sum, sample) => sum + sample.windows, 0);
  const seconds = samples.reduce((sum, sample) => sum + sample.windows / sample.windowsPerS, 0);
  return windows / seconds;
}
