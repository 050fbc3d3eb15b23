import type { ChannelName } from './channels.ts';
import type { SensorReading } from './reading.ts';
import type { ChannelSpec } from './task.ts';

/**
 * A copy of a board's newest reading, as far as it concerns the task.
 *
 * Not the reading itself: one of each board would be alive at every collection of garbage, to be moved with all it consists
 * of, and of hundreds of boards that is more than what the collection is there for.
 */
export class NewestSample {
  readonly #channels: readonly ChannelSpec[];
  /** (channels), NaN where the reading has none. */
  readonly #values: number[];
  /** NaN before the first. */
  timeUs = Number.NaN;
  /** Likewise. */
  arrivalMs = Number.NaN;

  constructor(channels: readonly ChannelSpec[]) {
    this.#channels = channels;
    this.#values = new Array<number>(channels.length).fill(Number.NaN);
  }

  take({ timeUs, arrivalMs, values }: SensorReading): void {
    this.timeUs = timeUs;
    this.arrivalMs = arrivalMs;
    for (let c = 0; c < this.#channels.length; c++) {
      this.#values[c] = values[this.#channels[c]!.channel] ?? Number.NaN;
    }
  }

  clear(): void {
    this.timeUs = Number.NaN;
  }

  /** Undefined before the first. */
  get ifAny(): this | undefined {
    return Number.isNaN(this.timeUs) ? undefined : this;
  }

  /** As a reading has them; made anew each time. */
  get values(): SensorReading['values'] {
    const values: Record<ChannelName, number> = {};
    for (const [c, { channel }] of this.#channels.entries()) {
      const value = this.#values[c]!;
      if (!Number.isNaN(value)) values[channel] = value;
    }
    return values;
  }
}
