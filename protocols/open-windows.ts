import type { SensorReading } from './reading.ts';
import type { FillingWindow, Row, WindowEvent } from './window.ts';

/** The windows of one board that are open now, each with its number, fed together. */
export class OpenWindows {
  readonly #begin: (startUs: number) => FillingWindow;
  readonly #open = new Map<number, FillingWindow>();
  #next = 0;
  gaps = 0;

  constructor(begin: (startUs: number) => FillingWindow) {
    this.#begin = begin;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** `before` is the last reading before the window, `first` the first one in it. */
  *openAt(startUs: number, before: SensorReading | undefined, first: SensorReading): Generator<WindowEvent> {
    const window = this.#begin(startUs);
    window.seed(before, first);
    const id = this.#next++;
    this.#open.set(id, window);
    yield { type: 'opened', window: id, startUs };
  }

  *advance(nowUs: number, arrivalMs: number): Generator<WindowEvent> {
    for (const [id, window] of this.#open) yield* this.#follow(id, window, window.advance(nowUs), arrivalMs);
  }

  /** Returns false when no open window had room for the reading any more. */
  *add(reading: SensorReading): Generator<WindowEvent, boolean> {
    let taken = false;
    for (const [id, window] of this.#open) {
      if (!window.add(reading)) continue;
      taken = true;
      yield* this.#follow(id, window, window.complete(), reading.arrivalMs);
    }
    return taken;
  }

  /** No more readings are expected: every window ends as if the next one came after its end. */
  *expire(arrivalMs: number): Generator<WindowEvent> {
    for (const [id, window] of this.#open) {
      yield* this.#follow(id, window, window.advance(window.summary.endUs), arrivalMs);
    }
  }

  *abandon(): Generator<WindowEvent> {
    for (const id of this.#open.keys()) yield { type: 'abandoned', window: id, reason: 'end' };
    this.#open.clear();
  }

  /** Passes on what became final of a window, and its end when that was the last of it. */
  *#follow(
    id: number,
    window: FillingWindow,
    rows: readonly Row[],
    arrivalMs: number,
  ): Generator<WindowEvent> {
    for (const row of rows) yield { type: 'step', window: id, row };
    if (window.hasGap) {
      this.gaps++;
      this.#open.delete(id);
      yield { type: 'abandoned', window: id, reason: 'gap' };
    } else if (window.isComplete) {
      this.#open.delete(id);
      yield { type: 'closed', window: id, ...window.summary, rows: window.rows, arrivalMs };
    }
  }
}
