import { Jitter } from './jitter.ts';
import { NewestSample } from './newest-sample.ts';
import { OpenWindows } from './open-windows.ts';
import type { SensorReading } from './reading.ts';
import { type Row, RowWriter } from './row-writer.ts';
import { type RateTask, readingsPerStep, toUs } from './task.ts';
import { type FillingWindow, type Sample, seedValues, type WindowSummary } from './window.ts';
import type { TellWindow, WindowPolicy } from './window-policy.ts';

const NO_ROWS: readonly Row[] = [];

/**
 * A window whose steps are so many readings one after the other, whatever their times say. Time only tells a silence in
 * which more was lost than the task allows, and in which order readings stand. It ends with its last reading.
 */
export class CountedWindow implements FillingWindow {
  readonly rows: number;
  readonly #startUs: number;
  readonly #maxGapUs: number;
  readonly #readingsPerStep: number;
  readonly #writer: RowWriter;
  readonly #jitter = new Jitter();
  #lastUs: number;
  #readings = 0;
  #silentTooLong = false;

  constructor({ input, window }: RateTask, startUs: number) {
    this.rows = window.rows;
    this.#startUs = startUs;
    this.#lastUs = startUs;
    this.#maxGapUs = toUs(input.maxGapMs);
    this.#readingsPerStep = readingsPerStep(input);
    this.#writer = new RowWriter(input.channels);
  }

  get isComplete(): boolean {
    return this.#readings === this.rows * this.#readingsPerStep;
  }

  get hasGap(): boolean {
    return this.#silentTooLong || this.#writer.isSpoilt;
  }

  /** Until it is complete, its end is not known: no time brings it about. */
  get summary(): WindowSummary {
    const endUs = this.isComplete ? this.#lastUs : Number.POSITIVE_INFINITY;
    const { ms: jitterMs } = this.#jitter;
    return { startUs: this.#startUs, endUs, fill: 1, ...(jitterMs !== undefined && { jitterMs }) };
  }

  seed(before: Sample | undefined, first: Sample | undefined): void {
    this.#writer.seed(seedValues(before, first, this.#maxGapUs));
  }

  advance(nowUs: number): readonly Row[] {
    if (nowUs - this.#lastUs > this.#maxGapUs) this.#silentTooLong = true;
    return NO_ROWS;
  }

  add(reading: SensorReading): boolean {
    if (reading.timeUs < this.#lastUs || this.isComplete) return false;
    this.#lastUs = reading.timeUs;
    this.#readings++;
    this.#writer.add(reading);
    this.#jitter.add(reading.timeUs);
    return true;
  }

  /** A step is final with its last reading. */
  complete(): readonly Row[] {
    return this.#readings % this.#readingsPerStep === 0 ? this.#writer.finishStep(this.isComplete) : NO_ROWS;
  }
}

/** A counted window every `hopReadings` readings, from the first one on, and anew after a gap. */
export class CountedWindows implements WindowPolicy {
  readonly #windows: OpenWindows;
  readonly #hopReadings: number;
  readonly #maxGapUs: number;
  /** Readings since the last window opened. */
  #sinceOpened = 0;
  readonly #last: NewestSample;
  late = 0;
  readonly crowded = 0;

  constructor(task: RateTask, hopReadings: number) {
    this.#windows = new OpenWindows((startUs) => new CountedWindow(task, startUs));
    this.#hopReadings = hopReadings;
    this.#last = new NewestSample(task.input.channels);
    this.#maxGapUs = toUs(task.input.maxGapMs);
  }

  get gaps(): number {
    return this.#windows.gaps;
  }

  add(reading: SensorReading, tell: TellWindow): void {
    const { timeUs, arrivalMs } = reading;
    const last = this.#last;
    if (timeUs < last.timeUs) {
      this.late++;
      return;
    }
    this.#windows.advance(timeUs, arrivalMs, tell);
    // Nothing is within a gap of NaN.
    const begins = !(timeUs - last.timeUs <= this.#maxGapUs);
    if (begins || this.#sinceOpened === this.#hopReadings) {
      this.#sinceOpened = 0;
      this.#windows.openAt(timeUs, last.ifAny, reading, tell);
    }
    this.#sinceOpened++;
    this.#windows.add(reading, tell);
    last.take(reading);
  }

  silence(tell: TellWindow): void {
    this.#windows.expire(this.#last.arrivalMs, tell);
  }

  end(_nowUs: number, tell: TellWindow): void {
    this.#windows.abandon(tell);
  }

  restart(tell: TellWindow): void {
    this.#windows.abandon(tell);
    this.#last.clear();
  }
}
