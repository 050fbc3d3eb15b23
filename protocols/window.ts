import { Jitter } from './jitter.ts';
import type { SensorReading } from './reading.ts';
import { type Row, RowWriter } from './row-writer.ts';
import { periodUs, type RateTask, readingsPerStep, type TaskSpec, toUs } from './task.ts';

export type { Row } from './row-writer.ts';

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
      /** Standard deviation of the intervals between its samples; absent for fewer than three. */
      readonly jitterMs?: number;
      /** When the reading that completed the window reached this machine, epoch ms. */
      readonly arrivalMs: number;
    }
  | { readonly type: 'abandoned'; readonly window: number; readonly reason: 'gap' | 'end' };

/** Whether a reading has a sample for the task. One that has none moves nothing, not even time. */
export const concerns = ({ input }: TaskSpec, { values }: SensorReading): boolean =>
  input.channels.some(({ channel }) => values[channel] !== undefined);

/** What a window is seeded with. */
export type Sample = Pick<SensorReading, 'timeUs' | 'values'>;

/** A finished window: the fold of its events. */
export interface SensorWindow {
  readonly startUs: number;
  readonly endUs: number;
  readonly rows: readonly Row[];
  readonly fill: number;
  readonly jitterMs?: number;
}

/** What is told of a window when it is done. */
export type WindowSummary = Omit<SensorWindow, 'rows'>;

/** One window being filled: readings in, rows out. How time becomes rows is the implementation's. */
export interface FillingWindow {
  readonly rows: number;
  readonly isComplete: boolean;
  /** True when more is missing than the task allows: the window is to be given up. */
  readonly hasGap: boolean;
  readonly summary: WindowSummary;
  /**
   * What a `hold` channel repeats until its first sample: the last reading before the window, or the
   * first one in it when there was none or the silence between them is too long.
   */
  seed(before: Sample | undefined, first: Sample | undefined): void;
  /** The rows that time `nowUs` makes final. */
  advance(nowUs: number): readonly Row[];
  /** Count a sample. Returns false when it is too late: its row is already final. */
  add(reading: SensorReading): boolean;
  /** The rows that the samples themselves have made final. */
  complete(): readonly Row[];
}

/** The values that a window begins with: those before it, unless the silence since then is too long. */
export function seedValues(
  before: Sample | undefined,
  first: Sample | undefined,
  maxGapUs: number,
): SensorReading['values'] | undefined {
  const isNear = before && (!first || first.timeUs - before.timeUs <= maxGapUs);
  return (isNear ? before : first)?.values;
}

const NO_ROWS: readonly Row[] = [];

/**
 * A window on a grid of half-open bins [startUs + i period, startUs + (i+1) period).
 *
 * A row is final when a reading at or after the end of its bin has come; the last one already when it
 * holds as many samples as a board sends in a step, where the task says how many that is. Nothing in a
 * row depends on later samples (but for the neighbour that an interpolated channel waits for), so a window read while it
 * fills and one cut from a recording are the same.
 */
export class OpenWindow implements FillingWindow {
  readonly startUs: number;
  readonly endUs: number;
  readonly rows: number;
  readonly #periodUs: number;
  readonly #maxGapUs: number;
  readonly #readingsPerStep: number;
  readonly #writer: RowWriter;
  readonly #jitter = new Jitter();
  /** Where the present step ends. */
  #stepEndUs: number;
  #row = 0;
  #filledRows = 0;
  #emptyRunUs = 0;

  constructor({ input, window }: RateTask, startUs: number) {
    this.#periodUs = periodUs(input);
    this.#maxGapUs = toUs(input.maxGapMs);
    this.#readingsPerStep = readingsPerStep(input);
    this.#writer = new RowWriter(input.channels);
    this.rows = window.rows;
    this.startUs = startUs;
    this.endUs = startUs + this.rows * this.#periodUs;
    this.#stepEndUs = startUs + this.#periodUs;
  }

  get isComplete(): boolean {
    return this.#row === this.rows;
  }

  get hasGap(): boolean {
    return this.#emptyRunUs > this.#maxGapUs || this.#writer.isSpoilt;
  }

  get summary(): WindowSummary {
    const { startUs, endUs } = this;
    const { ms: jitterMs } = this.#jitter;
    return {
      startUs,
      endUs,
      fill: this.#filledRows / this.rows,
      ...(jitterMs !== undefined && { jitterMs }),
    };
  }

  seed(before: Sample | undefined, first: Sample | undefined): void {
    this.#writer.seed(seedValues(before, first, this.#maxGapUs));
  }

  advance(nowUs: number): readonly Row[] {
    if (nowUs < this.#stepEndUs) return NO_ROWS;
    const rows: Row[] = [];
    while (nowUs >= this.#stepEndUs && this.#row < this.rows && !this.hasGap) rows.push(...this.#finishRow());
    return rows;
  }

  add(reading: SensorReading): boolean {
    const { timeUs } = reading;
    if (timeUs < this.#stepEndUs - this.#periodUs || timeUs >= this.endUs) return false;
    this.#writer.add(reading);
    this.#jitter.add(timeUs);
    return true;
  }

  /** The last row, once every channel has all the samples that a board sends in a step. */
  complete(): readonly Row[] {
    const isLast = this.#row === this.rows - 1;
    return isLast && this.#writer.hasAll(this.#readingsPerStep) ? this.#finishRow() : NO_ROWS;
  }

  #finishRow(): readonly Row[] {
    if (this.#writer.hasSample) {
      this.#filledRows++;
      this.#emptyRunUs = 0;
    } else {
      this.#emptyRunUs += this.#periodUs;
    }
    this.#row++;
    this.#stepEndUs += this.#periodUs;
    return this.#writer.finishStep(this.isComplete);
  }
}
