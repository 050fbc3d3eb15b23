import type { SensorReading } from './reading.ts';
import type { ChannelSpec } from './task.ts';

/** One time step of a window: (channels), NaN where a value is missing. Final once emitted. */
export type Row = Float64Array;

// What is kept of a channel, at these places of its part of the array. Of the present step: how many samples, what they are
// reduced to so far, the time of the newest; then its last value (NaN before the first) and how many steps it has missed.
const [COUNT, REDUCED, NEWEST_US, LAST, MISSED, LANES] = [0, 1, 2, 3, 4, 5];

/**
 * Samples in, rows out: each step's samples reduced to one value a channel, and what is missing filled as the channel
 * says. The mean over a step also keeps motion that is faster than the steps from looking like a slow one (anti-aliasing).
 * Rows come in order; one that waits for the next sample of an interpolated channel holds up those after it.
 *
 * All that is kept of the channels lies in one flat array, because every reading of every board goes through here, once a
 * window: with hundreds of boards each object more is memory to be fetched anew. Plain numbers, no typed arrays: those are
 * dear to make, and there are two for each second of each board.
 */
export class RowWriter {
  readonly #channels: readonly ChannelSpec[];
  /** (channels, LANES) */
  readonly #state: number[];
  /** Steps that wait for their neighbours, oldest first; the values yet to come are NaN. */
  readonly #waiting: Row[] = [];
  #hasSample = false;
  /** True once a step lacks a value that the window cannot do without. */
  isSpoilt = false;

  constructor(channels: readonly ChannelSpec[]) {
    this.#channels = channels;
    // Filled with what is no integer, so that the engine keeps numbers side by side and not one by one.
    this.#state = new Array<number>(channels.length * LANES).fill(Number.NaN);
    for (let at = 0; at < this.#state.length; at += LANES) {
      this.#state[at + MISSED] = 0;
      this.#beginStep(at);
    }
  }

  /** What stands for the value before the first one. */
  seed(values: SensorReading['values'] | undefined): void {
    for (let c = 0; c < this.#channels.length; c++) {
      this.#state[c * LANES + LAST] = values?.[this.#channels[c]!.channel] ?? Number.NaN;
    }
  }

  add({ values, timeUs }: SensorReading): void {
    const state = this.#state;
    for (let c = 0, at = 0; c < this.#channels.length; c++, at += LANES) {
      const { channel, reduce } = this.#channels[c]!;
      const value = values[channel];
      if (value === undefined) continue;
      const reduced = state[at + REDUCED]!;
      const newestUs = state[at + NEWEST_US]!;
      if (state[at + COUNT]!++ === 0) state[at + REDUCED] = value;
      else if (reduce === 'mean') state[at + REDUCED] = reduced + value;
      else if (reduce === 'max') state[at + REDUCED] = Math.max(reduced, value);
      else if (timeUs >= newestUs) state[at + REDUCED] = value;
      if (timeUs > newestUs) state[at + NEWEST_US] = timeUs;
      this.#hasSample = true;
    }
  }

  /** Whether the present step has a sample of any channel. */
  get hasSample(): boolean {
    return this.#hasSample;
  }

  /** Whether the present step has so many samples of every channel. */
  hasAll(count: number): boolean {
    for (let at = COUNT; at < this.#state.length; at += LANES) if (this.#state[at]! < count) return false;
    return true;
  }

  /** Ends the present step. The rows that are final now, oldest first; at the window's last step, all of them. */
  finishStep(isLast: boolean): readonly Row[] {
    const row = new Float64Array(this.#channels.length);
    let isWaiting = false;
    for (let c = 0, at = 0; c < row.length; c++, at += LANES) {
      const value = this.#valueOfStep(c);
      if (!Number.isNaN(value)) this.#arrived(c, value);
      row[c] = Number.isNaN(value) ? this.#instead(c) : value;
      if (this.#state[at + MISSED]! > 0) isWaiting = true;
      this.#beginStep(at);
    }
    this.#hasSample = false;
    if (!isWaiting && this.#waiting.length === 0) return [row];
    this.#waiting.push(row);
    if (isLast) this.#giveUpWaiting();
    return this.#releaseComplete(isLast);
  }

  #beginStep(at: number): void {
    this.#state[at + COUNT] = 0;
    this.#state[at + NEWEST_US] = 0;
  }

  #valueOfStep(c: number): number {
    const count = this.#state[c * LANES + COUNT]!;
    if (count === 0) return Number.NaN;
    const reduced = this.#state[c * LANES + REDUCED]!;
    return this.#channels[c]!.reduce === 'mean' ? reduced / count : reduced;
  }

  /** Draws the line from the last value to this one through the steps that waited for it. */
  #arrived(c: number, value: number): void {
    const missed = this.#state[c * LANES + MISSED]!;
    const before = this.#state[c * LANES + LAST]!;
    const last = Number.isNaN(before) ? value : before;
    for (let i = 1; i <= missed; i++) {
      this.#waiting.at(i - 1 - missed)![c] = last + ((value - last) * i) / (missed + 1);
    }
    this.#state[c * LANES + MISSED] = 0;
    this.#state[c * LANES + LAST] = value;
  }

  /** What stands in a step that has no sample of the channel; NaN also for what is yet to come. */
  #instead(c: number): number {
    const { missing } = this.#channels[c]!;
    switch (missing) {
      case 'hold':
        return this.#state[c * LANES + LAST]!;
      case 'mark':
        return Number.NaN;
      case 'interpolate':
        this.#state[c * LANES + MISSED]!++;
        return Number.NaN;
      case 'abandon':
        this.isSpoilt = true;
        return Number.NaN;
    }
  }

  /** No more samples will come: the last value is held. */
  #giveUpWaiting(): void {
    for (let c = 0, at = 0; c < this.#channels.length; c++, at += LANES) {
      const last = this.#state[at + LAST]!;
      for (let i = 1; i <= this.#state[at + MISSED]!; i++) this.#waiting.at(-i)![c] = last;
    }
  }

  #releaseComplete(isLast: boolean): readonly Row[] {
    let held = 0;
    for (let at = MISSED; !isLast && at < this.#state.length; at += LANES) {
      held = Math.max(held, this.#state[at]!);
    }
    return this.#waiting.splice(0, this.#waiting.length - held);
  }
}
