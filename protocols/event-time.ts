import type { SensorReading } from './reading.ts';

/** How many readings must agree before a jump ahead is believed: the board was silent, or its clock was set. */
const WITNESSES_AHEAD = 3;
/**
 * Before a jump back is believed, as many must agree as the old line had, up to so many: a batch of old readings that a
 * broker delivers twice must not look like a clock that was set back. None is lost by waiting.
 */
const MAX_WITNESSES_BACK = 32;

/**
 * Puts one board's readings on one line of event time.
 *
 * A single bad timestamp must not move the watermark: everything real behind it would be dropped
 * (seen in eKuiper #530). So a reading more than `maxGapUs` away from the last one is held back
 * until several readings in a row agree with it (then the clock has really jumped, or the board was
 * silent, and nothing of it is lost), or until the old line goes on (then it was an outlier).
 * Ahead of the line, readings agree which come in order, however far apart: a board may well speak
 * once between two silences.
 */
export class EventTime {
  readonly #maxGapUs: number;
  /** The newest time believed; NaN before the first. */
  #watermarkUs = Number.NaN;
  /** Readings believed since the clock last went back. */
  #lineLength = 0;
  #suspects: SensorReading[] = [];
  /** Readings whose time fitted nothing before or after them. */
  outliers = 0;
  /** Times the clock went back for good. */
  restarts = 0;

  constructor(maxGapUs: number) {
    this.#maxGapUs = maxGapUs;
  }

  /**
   * The readings that are now believed, oldest first, and whether the clock went back before them.
   * A believed reading may still be a little older than the one before it (out of order).
   */
  admit(reading: SensorReading): {
    readonly readings: readonly SensorReading[];
    readonly restarted: boolean;
  } {
    // Nothing is away from NaN.
    if (!(Math.abs(reading.timeUs - this.#watermarkUs) > this.#maxGapUs)) {
      this.#dismissSuspects();
      if (!(reading.timeUs <= this.#watermarkUs)) this.#watermarkUs = reading.timeUs;
      this.#lineLength++;
      return { readings: [reading], restarted: false };
    }
    if (!this.#agrees(reading)) this.#dismissSuspects();
    this.#suspects.push(reading);
    const wentBack = this.#suspects[0]!.timeUs < this.#watermarkUs;
    const witnesses = wentBack
      ? Math.max(WITNESSES_AHEAD, Math.min(MAX_WITNESSES_BACK, this.#lineLength))
      : WITNESSES_AHEAD;
    if (this.#suspects.length < witnesses) return { readings: [], restarted: false };

    const believed = this.#suspects;
    if (wentBack) {
      this.restarts++;
      this.#lineLength = 0;
    }
    this.#lineLength += believed.length;
    this.#suspects = [];
    this.#watermarkUs = latestUs(believed);
    return { readings: believed, restarted: wentBack };
  }

  /** No more witnesses will come: what is ahead of the line is believed, the rest were outliers. */
  end(): readonly SensorReading[] {
    const suspects = this.#suspects;
    this.#suspects = [];
    if (suspects[0] !== undefined && suspects[0].timeUs > this.#watermarkUs) {
      this.#watermarkUs = latestUs(suspects);
      return suspects;
    }
    this.outliers += suspects.length;
    return [];
  }

  #dismissSuspects(): void {
    // A new list for each reading would be one more thing that each collection has to move.
    if (this.#suspects.length === 0) return;
    this.outliers += this.#suspects.length;
    this.#suspects = [];
  }

  #agrees({ timeUs }: SensorReading): boolean {
    const last = this.#suspects.at(-1);
    if (last === undefined) return true;
    const sinceUs = timeUs - last.timeUs;
    if (Math.abs(sinceUs) <= this.#maxGapUs) return true;
    return sinceUs > 0 && last.timeUs > this.#watermarkUs;
  }
}

const latestUs = (readings: readonly SensorReading[]): number =>
  Math.max(...readings.map(({ timeUs }) => timeUs));
