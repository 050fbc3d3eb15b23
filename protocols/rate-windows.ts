import { OpenWindows } from './open-windows.ts';
import type { SensorReading } from './reading.ts';
import { type RateTask, toUs } from './task.ts';
import { OpenWindow, type WindowEvent } from './window.ts';
import type { WindowPolicy } from './window-policy.ts';

/** A window every `hopUs`, from the first reading on, and anew after a gap. */
export class HoppingWindows implements WindowPolicy {
  readonly #windows: OpenWindows;
  readonly #hopUs: number;
  readonly #maxGapUs: number;
  #nextStartUs: number | undefined;
  #last: SensorReading | undefined;
  late = 0;
  readonly crowded = 0;

  constructor(task: RateTask, hopUs: number) {
    this.#windows = new OpenWindows((startUs) => new OpenWindow(task, startUs));
    this.#hopUs = hopUs;
    this.#maxGapUs = toUs(task.input.maxGapMs);
  }

  get gaps(): number {
    return this.#windows.gaps;
  }

  *add(reading: SensorReading): Generator<WindowEvent> {
    const { timeUs } = reading;
    if (this.#last && timeUs < this.#last.timeUs) {
      if (!(yield* this.#windows.add(reading))) this.late++;
      return;
    }
    yield* this.#windows.advance(timeUs, reading.arrivalMs);
    const afterGap = this.#last !== undefined && timeUs - this.#last.timeUs > this.#maxGapUs;
    if (this.#nextStartUs === undefined || afterGap) this.#nextStartUs = timeUs;
    for (; this.#nextStartUs <= timeUs; this.#nextStartUs += this.#hopUs) {
      yield* this.#windows.openAt(this.#nextStartUs, this.#last, reading);
      // The new window may start several empty rows before this reading.
      yield* this.#windows.advance(timeUs, reading.arrivalMs);
    }
    yield* this.#windows.add(reading);
    this.#last = reading;
  }

  *silence(): Generator<WindowEvent> {
    yield* this.#windows.expire(this.#last?.arrivalMs ?? 0);
  }

  *end(nowUs: number): Generator<WindowEvent> {
    yield* this.#windows.advance(nowUs, this.#last?.arrivalMs ?? 0);
    yield* this.#windows.abandon();
  }

  *restart(): Generator<WindowEvent> {
    yield* this.#windows.abandon();
    this.#nextStartUs = undefined;
    this.#last = undefined;
  }
}
