import { NewestSample } from './newest-sample.ts';
import { OpenWindows } from './open-windows.ts';
import type { SensorReading } from './reading.ts';
import { type RateTask, toUs } from './task.ts';
import { OpenWindow } from './window.ts';
import type { TellWindow, WindowPolicy } from './window-policy.ts';

/** A window every `hopUs`, from the first reading on, and anew after a gap. */
export class HoppingWindows implements WindowPolicy {
  readonly #windows: OpenWindows;
  readonly #hopUs: number;
  readonly #maxGapUs: number;
  /** NaN while the next reading begins anew. */
  #nextStartUs = Number.NaN;
  readonly #last: NewestSample;
  late = 0;
  readonly crowded = 0;

  constructor(task: RateTask, hopUs: number) {
    this.#windows = new OpenWindows((startUs) => new OpenWindow(task, startUs));
    this.#hopUs = hopUs;
    this.#last = new NewestSample(task.input.channels);
    this.#maxGapUs = toUs(task.input.maxGapMs);
  }

  get gaps(): number {
    return this.#windows.gaps;
  }

  add(reading: SensorReading, tell: TellWindow): void {
    const { timeUs } = reading;
    if (timeUs < this.#last.timeUs) {
      if (!this.#windows.add(reading, tell)) this.late++;
      return;
    }
    this.#windows.advance(timeUs, reading.arrivalMs, tell);
    const afterGap = timeUs - this.#last.timeUs > this.#maxGapUs;
    if (afterGap || Number.isNaN(this.#nextStartUs)) this.#nextStartUs = timeUs;
    for (; this.#nextStartUs <= timeUs; this.#nextStartUs += this.#hopUs) {
      this.#windows.openAt(this.#nextStartUs, this.#last.ifAny, reading, tell);
      // The new window may start several empty rows before this reading.
      this.#windows.advance(timeUs, reading.arrivalMs, tell);
    }
    this.#windows.add(reading, tell);
    this.#last.take(reading);
  }

  silence(tell: TellWindow): void {
    this.#windows.expire(this.#last.arrivalMs, tell);
  }

  end(nowUs: number, tell: TellWindow): void {
    this.#windows.advance(nowUs, this.#last.arrivalMs, tell);
    this.#windows.abandon(tell);
  }

  restart(tell: TellWindow): void {
    this.#windows.abandon(tell);
    this.#nextStartUs = Number.NaN;
    this.#last.clear();
  }
}
