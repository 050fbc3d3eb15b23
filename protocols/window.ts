import type { SensorReading } from './reading.ts';
import { type ChannelSpec, periodUs, type RateTask, type TaskSpec, toUs } from './task.ts';

/** One time step of a window: (channels), NaN where a value is missing. Final once emitted. */
export type Row = Float64Array;

/**
 * What a board's windower says, in order: a window opens, its rows come one by one, and it is
 * closed or abandoned. Windows may overlap; `window` tells them apart within one board.
 */
export type WindowEvent =
  | { readonly type: 'opened'; readonly window: number; readonly startUs: number }
  | { readonly type: 'step'; readonly window: number; readonly row: Row }
  | {
      readonly type: 'closed';
      readonly window: number;
      readonly startUs: number;
      readonly endUs: number;
      readonly rows: number;
      /** Share of the rows that hold at least one sample. */
      readonly fill: number;
      /** When the reading that completed the window reached this machine, epoch ms. */
      readonly arrivalMs: number;
    }
  | { readonly type: 'abandoned'; readonly window: number; readonly reason: 'gap' | 'end' };

/** Whether a reading has a sample for the task. One that has none moves nothing, not even time. */
export const concerns = ({ input }: TaskSpec, { values }: SensorReading): boolean =>
  input.channels.some(({ channel }) => values[channel] !== undefined);

/** A finished window: the fold of its events. */
export interface SensorWindow {
  readonly startUs: number;
  readonly endUs: number;
  readonly rows: readonly Row[];
  readonly fill: number;
}

/**
 * One window being filled: readings in, rows out, on a grid of half-open bins
 * [startUs + i period, startUs + (i+1) period).
 *
 * A row is final when a reading at or after the end of its bin has come; the last one already when it
 * holds as many samples as a board sends in a step, where the task says how many that is. Nothing in a
 * row depends on later samples, so a window read while it fills and one cut from a recording are the same.
 */
export class OpenWindow {
  readonly startUs: number;
  readonly endUs: number;
  readonly #periodUs: number;
  readonly #maxGapUs: number;
  readonly #channels: readonly ChannelSpec[];
  readonly #rows: number;
  readonly #reducers: Reducer[];
  /** Samples that a board sends in one step. */
  readonly #samplesPerRow: number;
  readonly #held: Float64Array;
  #row = 0;
  #filledRows = 0;
  #rowHasSample = false;
  #emptyRunUs = 0;

  constructor(task: RateTask, startUs: number) {
    this.#periodUs = periodUs(task.input);
    this.#maxGapUs = toUs(task.input.maxGapMs);
    this.#channels = task.input.channels;
    this.#rows = task.window.rows;
    this.startUs = startUs;
    this.endUs = startUs + this.#rows * this.#periodUs;
    this.#reducers = this.#channels.map(({ reduce }) => new Reducer(reduce));
    const { boardRateHz = Number.POSITIVE_INFINITY, rateHz } = task.input;
    this.#samplesPerRow = Math.max(1, Math.round(boardRateHz / rateHz));
    this.#held = new Float64Array(this.#channels.length).fill(Number.NaN);
  }

  get rows(): number {
    return this.#rows;
  }

  get isComplete(): boolean {
    return this.#row === this.#rows;
  }

  /** True when more has been missing in one piece than the task allows. */
  get hasGap(): boolean {
    return this.#emptyRunUs > this.#maxGapUs;
  }

  get fill(): number {
    return this.#filledRows / this.#rows;
  }

  /**
   * What a `hold` channel repeats until its first sample: the last reading before the window, or the
   * first one in it when there was none or the silence between them is too long.
   */
  seed(before: SensorReading | undefined, first: SensorReading | undefined): void {
    const isNear = before && (!first || first.timeUs - before.timeUs <= this.#maxGapUs);
    const values = (isNear ? before : first)?.values;
    for (const [c, { channel }] of this.#channels.entries()) this.#held[c] = values?.[channel] ?? Number.NaN;
  }

  /** The rows that time `nowUs` makes final. */
  *advance(nowUs: number): Generator<Row> {
    while (this.#row < this.#rows && nowUs >= this.startUs + (this.#row + 1) * this.#periodUs) {
      yield this.#finishRow();
      if (this.hasGap) return;
    }
  }

  /** Count a sample. Returns false when it is too late: its row is already final. */
  add(reading: SensorReading): boolean {
    const { timeUs } = reading;
    if (timeUs < this.startUs + this.#row * this.#periodUs || timeUs >= this.endUs) return false;
    for (const [c, { channel }] of this.#channels.entries()) {
      const value = reading.values[channel];
      if (value !== undefined) {
        this.#reducers[c]!.add(value, timeUs);
        this.#rowHasSample = true;
      }
    }
    return true;
  }

  /** The last row, once every channel has all the samples that a board sends in a step. */
  *complete(): Generator<Row> {
    const isLast = this.#row === this.#rows - 1;
    if (isLast && this.#reducers.every(({ count }) => count >= this.#samplesPerRow)) yield this.#finishRow();
  }

  #finishRow(): Row {
    const row = new Float64Array(this.#channels.length);
    for (const [c, { missing }] of this.#channels.entries()) {
      const value = this.#reducers[c]!.take();
      if (!Number.isNaN(value)) this.#held[c] = value;
      row[c] = Number.isNaN(value) && missing === 'hold' ? this.#held[c]! : value;
    }
    this.#row++;
    if (this.#rowHasSample) {
      this.#filledRows++;
      this.#emptyRunUs = 0;
    } else {
      this.#emptyRunUs += this.#periodUs;
    }
    this.#rowHasSample = false;
    return row;
  }
}

/** The samples of one channel in one bin, reduced to one value; NaN when there were none. */
class Reducer {
  readonly #kind: ChannelSpec['reduce'];
  #count = 0;
  #value = 0;
  #lastUs = 0;

  constructor(kind: ChannelSpec['reduce']) {
    this.#kind = kind;
  }

  get count(): number {
    return this.#count;
  }

  add(value: number, timeUs: number): void {
    if (this.#count === 0) this.#value = value;
    else if (this.#kind === 'mean') this.#value += value;
    else if (this.#kind === 'max') this.#value = Math.max(this.#value, value);
    else if (timeUs >= this.#lastUs) this.#value = value;
    this.#lastUs = Math.max(this.#lastUs, timeUs);
    this.#count++;
  }

  take(): number {
    const value =
      this.#count === 0 ? Number.NaN : this.#kind === 'mean' ? this.#value / this.#count : this.#value;
    this.#count = 0;
    this.#value = 0;
    this.#lastUs = 0;
    return value;
  }
}
