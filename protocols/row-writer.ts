import type { SensorReading } from './reading.ts';
import type { ChannelSpec } from './task.ts';

/** One time step of a window: (channels), NaN where a value is missing. Final once emitted. */
export type Row = Float64Array;

/**
 * Samples in, rows out: each step's samples reduced to one value a channel, and what is missing filled as the channel
 * says. The mean over a step also keeps motion that is faster than the steps from looking like a slow one (anti-aliasing).
 * Rows come in order; one that waits for the next sample of an interpolated channel holds up those after it.
 *
 * All that is kept of a step lies in flat arrays: every reading of every board goes through here, once a window.
 */
export class RowWriter {
  readonly #channels: readonly ChannelSpec[];
  /** Of the present step, for each channel: how many samples, what they are reduced to so far, the time of the last. */
  readonly #counts: Int32Array;
  readonly #reduced: Float64Array;
  readonly #newestUs: Float64Array;
  /** The last value of each channel, NaN before the first. */
  readonly #last: Float64Array;
  /** Steps that wait for their neighbours, oldest first; the values yet to come are NaN. */
  readonly #waiting: Row[] = [];
  /** How many steps each channel has waited. */
  readonly #missed: Int32Array;
  #hasSample = false;
  /** True once a step lacks a value that the window cannot do without. */
  isSpoilt = false;

  constructor(channels: readonly ChannelSpec[]) {
    const n = channels.length;
    this.#channels = channels;
    this.#counts = new Int32Array(n);
    this.#reduced = new Float64Array(n);
    this.#newestUs = new Float64Array(n);
    this.#last = new Float64Array(n).fill(Number.NaN);
    this.#missed = new Int32Array(n);
  }

  /** What stands for the value before the first one. */
  seed(values: SensorReading['values'] | undefined): void {
    for (let c = 0; c < this.#channels.length; c++) {
      this.#last[c] = values?.[this.#channels[c]!.channel] ?? Number.NaN;
    }
  }

  add({ values, timeUs }: SensorReading): void {
    for (let c = 0; c < this.#channels.length; c++) {
      const { channel, reduce } = this.#channels[c]!;
      const value = values[channel];
      if (value === undefined) continue;
      const reduced = this.#reduced[c]!;
      if (this.#counts[c]!++ === 0) this.#reduced[c] = value;
      else if (reduce === 'mean') this.#reduced[c] = reduced + value;
      else if (reduce === 'max') this.#reduced[c] = Math.max(reduced, value);
      else if (timeUs >= this.#newestUs[c]!) this.#reduced[c] = value;
      this.#newestUs[c] = Math.max(this.#newestUs[c]!, timeUs);
      this.#hasSample = true;
    }
  }

  /** Whether the present step has a sample of any channel. */
  get hasSample(): boolean {
    return this.#hasSample;
  }

  /** Whether the present step has so many samples of every channel. */
  hasAll(count: number): boolean {
    return this.#counts.every((samples) => samples >= count);
  }

  /** Ends the present step. The rows that are final now, oldest first; at the window's last step, all of them. */
  finishStep(isLast: boolean): readonly Row[] {
    const row = new Float64Array(this.#channels.length);
    let isWaiting = false;
    for (let c = 0; c < row.length; c++) {
      const value = this.#valueOfStep(c);
      if (!Number.isNaN(value)) this.#arrived(c, value);
      row[c] = Number.isNaN(value) ? this.#instead(c) : value;
      if (this.#missed[c]! > 0) isWaiting = true;
    }
    this.#counts.fill(0);
    this.#newestUs.fill(0);
    this.#hasSample = false;
    if (!isWaiting && this.#waiting.length === 0) return [row];
    this.#waiting.push(row);
    if (isLast) this.#giveUpWaiting();
    return this.#releaseComplete(isLast);
  }

  #valueOfStep(c: number): number {
    const count = this.#counts[c]!;
    if (count === 0) return Number.NaN;
    return this.#channels[c]!.reduce === 'mean' ? this.#reduced[c]! / count : this.#reduced[c]!;
  }

  /** Draws the line from the last value to this one through the steps that waited for it. */
  #arrived(c: number, value: number): void {
    const missed = this.#missed[c]!;
    const last = Number.isNaN(this.#last[c]!) ? value : this.#last[c]!;
    for (let i = 1; i <= missed; i++) {
      this.#waiting.at(i - 1 - missed)![c] = last + ((value - last) * i) / (missed + 1);
    }
    this.#missed[c] = 0;
    this.#last[c] = value;
  }

  /** What stands in a step that has no sample of the channel; NaN also for what is yet to come. */
  #instead(c: number): number {
    const { missing } = this.#channels[c]!;
    switch (missing) {
      case 'hold':
        return this.#last[c]!;
      case 'mark':
        return Number.NaN;
      case 'interpolate':
        this.#missed[c]!++;
        return Number.NaN;
      case 'abandon':
        this.isSpoilt = true;
        return Number.NaN;
    }
  }

  /** No more samples will come: the last value is held. */
  #giveUpWaiting(): void {
    for (let c = 0; c < this.#channels.length; c++) {
      for (let i = 1; i <= this.#missed[c]!; i++) this.#waiting.at(-i)![c] = this.#last[c]!;
    }
  }

  #releaseComplete(isLast: boolean): readonly Row[] {
    const held = isLast ? 0 : Math.max(...this.#missed);
    return this.#waiting.splice(0, this.#waiting.length - held);
  }
}
