import { TinyError } from '../protocols/errors.ts';
import type { SensorReading } from '../protocols/reading.ts';
import { type LabelSpan, type Recording, readingAt } from '../protocols/recording.ts';
import { idleBetween, type QuietRule, type SampleRef } from './idle.ts';
import { Seeded } from './seeded.ts';

/** What was played when, from the recordings' own labels. It goes to whoever checks answers, never to the model. */
export interface TruthSpan extends LabelSpan {
  /** The recording's id. */
  readonly id: string;
}

/** The next stretch of a virtual board's life: one recording (`truth` says which), or the idle time before it. */
export interface Segment {
  readonly readings: readonly SensorReading[];
  readonly truth?: TruthSpan;
}

/** How single recordings become one endless stream. */
export type PlayStyle =
  /** One after the other, with idle time in between. */
  | {
      readonly kind: 'joined';
      readonly quiet: QuietRule;
      readonly idleS: readonly [min: number, max: number];
    }
  /** A recording of one sample is repeated for a while. */
  | { readonly kind: 'held'; readonly holdS: readonly [min: number, max: number] };

export interface PlayOptions {
  readonly seed: number;
  /** When the first sample is measured, epoch microseconds. */
  readonly startUs: number;
  readonly style: PlayStyle;
}

/**
 * A board made of recordings, without end. They come in a random order which the seed repeats, each of them once
 * before any comes again. Samples keep their values; only their times are new.
 */
export function* play(recordings: readonly Recording[], options: PlayOptions): Generator<Segment> {
  if (recordings.length === 0) throw new TinyError('there is nothing to play', 'give at least one recording');
  const { style } = options;
  const random = new Seeded(options.seed);
  const clock = new SampleClock(options.startUs);
  let before: Recording | undefined;
  while (true) {
    for (const recording of random.shuffled(recordings)) {
      if (style.kind === 'joined') {
        // The first gesture should not be long in coming.
        const idleS = before === undefined ? style.idleS[0] : random.between(...style.idleS);
        const samples = Math.round(idleS * recording.rateHz);
        yield { readings: clock.stamp(idleBetween(before, recording, samples, style.quiet)) };
        yield clock.labelled(recording, samplesOf(recording));
      } else {
        const samples = Math.round(random.between(...style.holdS) * recording.rateHz);
        yield clock.labelled(recording, Array<SampleRef>(samples).fill({ recording, index: 0 }));
      }
      before = recording;
    }
  }
}

const samplesOf = (recording: Recording): SampleRef[] =>
  Array.from(recording.timesUs, (_, index) => ({ recording, index }));

/** Gives samples their place in the new timeline: each lasts one period of its recording's rate. */
class SampleClock {
  #nowUs: number;
  #seq = 0;

  constructor(startUs: number) {
    this.#nowUs = startUs;
  }

  stamp(samples: readonly SampleRef[]): SensorReading[] {
    return samples.map(({ recording, index }) => {
      const timeUs = this.#nowUs;
      this.#nowUs += Math.round(1e6 / recording.rateHz);
      const seq = this.#seq++;
      return { ...readingAt(recording, index), timeUs, arrivalMs: timeUs / 1000, seq };
    });
  }

  labelled(recording: Recording, samples: readonly SampleRef[]): Segment {
    const startUs = this.#nowUs;
    const readings = this.stamp(samples);
    const label = recording.labels[0]?.label;
    if (label === undefined) return { readings };
    return { readings, truth: { startUs, endUs: this.#nowUs, label, id: recording.id } };
  }
}

/**
 * The first `durationMs` of `play`, at once: for tests and evaluation without waiting. The last span of the truth may
 * reach beyond the last reading.
 */
export function demoStream(
  recordings: readonly Recording[],
  { durationMs, ...options }: PlayOptions & { readonly durationMs: number },
): { readonly readings: SensorReading[]; readonly truth: TruthSpan[] } {
  const endUs = options.startUs + durationMs * 1000;
  const readings: SensorReading[] = [];
  const truth: TruthSpan[] = [];
  for (const segment of play(recordings, options)) {
    const played = segment.readings.filter(({ timeUs }) => timeUs < endUs);
    readings.push(...played);
    if (segment.truth && played.length > 0) truth.push(segment.truth);
    if (played.length < segment.readings.length) break;
  }
  return { readings, truth };
}

/**
 * Lets readings out when their time has come by the wall clock, until they end or `signal` is aborted.
 *
 * @param speed how many times faster than life; the readings' times stay as they are
 */
export async function* paced(
  readings: Iterable<SensorReading>,
  { speed = 1, signal }: { readonly speed?: number; readonly signal: AbortSignal },
): AsyncGenerator<SensorReading> {
  let begunUs: number | undefined;
  const begunMs = performance.now();
  for (const reading of readings) {
    begunUs ??= reading.timeUs;
    const dueMs = begunMs + (reading.timeUs - begunUs) / 1000 / speed;
    await until(dueMs, signal);
    if (signal.aborted) return;
    yield reading;
  }
}

/** Resolves at `dueMs` of `performance.now()`, or when `signal` is aborted. */
function until(dueMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = dueMs - performance.now();
  if (waitMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.ceil(waitMs)); // timers drop fractions
    signal.addEventListener('abort', finish);
  });
}
