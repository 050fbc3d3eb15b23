import type { SensorReading } from './reading.ts';

/** Of one board; beyond it the oldest goes on without waiting. A flood must not fill the memory. */
const MAX_WAITING = 4096;

/** Puts a board's readings in order of time: each waits until one that is `delayUs` newer has come. */
export class Reorder {
  readonly #delayUs: number;
  /** Oldest first; of the same time, in the order in which they came. */
  readonly #waiting: SensorReading[] = [];

  constructor(delayUs: number) {
    this.#delayUs = delayUs;
  }

  /** The readings whose time has come, oldest first. */
  add(reading: SensorReading): readonly SensorReading[] {
    const i = this.#waiting.findLastIndex(({ timeUs }) => timeUs <= reading.timeUs);
    this.#waiting.splice(i + 1, 0, reading);
    const dueUs = this.#waiting.at(-1)!.timeUs - this.#delayUs;
    let due = Math.max(0, this.#waiting.length - MAX_WAITING);
    while (due < this.#waiting.length && this.#waiting[due]!.timeUs <= dueUs) due++;
    return this.#waiting.splice(0, due);
  }

  /** No more will come before what waits. */
  flush(): readonly SensorReading[] {
    return this.#waiting.splice(0);
  }
}
