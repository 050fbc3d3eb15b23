import type { SensorReading } from './reading.ts';
import type { FillingWindow, Row, Sample } from './window.ts';
import type { TellWindow } from './window-policy.ts';

interface NumberedWindow {
  readonly id: number;
  readonly window: FillingWindow;
}

/** The windows of one board that are open now, each with its number, fed together. */
export class OpenWindows {
  readonly #begin: (startUs: number) => FillingWindow;
  /** In the order in which they were opened. */
  #open: NumberedWindow[] = [];
  #next = 0;
  gaps = 0;

  constructor(begin: (startUs: number) => FillingWindow) {
    this.#begin = begin;
  }

  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  /** `before` is the last reading before the window, `first` the first one in it. */
  openAt(startUs: number, before: Sample | undefined, first: Sample, tell: TellWindow): void {
    const window = this.#begin(startUs);
    window.seed(before, first);
    const id = this.#next++;
    this.#open.push({ id, window });
    tell({ type: 'opened', window: id, startUs });
  }

  advance(nowUs: number, arrivalMs: number, tell: TellWindow): void {
    let ended = false;
    for (const one of this.#open) {
      const rows = one.window.advance(nowUs);
      if (this.#follow(one, rows, arrivalMs, tell)) ended = true;
    }
    if (ended) this.#leaveEnded();
  }

  /** Returns false when no open window had room for the reading any more. */
  add(reading: SensorReading, tell: TellWindow): boolean {
    let taken = false;
    let ended = false;
    for (const one of this.#open) {
      if (!one.window.add(reading)) continue;
      taken = true;
      const rows = one.window.complete();
      if (this.#follow(one, rows, reading.arrivalMs, tell)) ended = true;
    }
    if (ended) this.#leaveEnded();
    return taken;
  }

  /** No more readings are expected: every window ends as if the next one came after its end. */
  expire(arrivalMs: number, tell: TellWindow): void {
    for (const one of this.#open) {
      this.#follow(one, one.window.advance(one.window.summary.endUs), arrivalMs, tell);
    }
    this.#leaveEnded();
  }

  abandon(tell: TellWindow): void {
    for (const { id } of this.#open) tell({ type: 'abandoned', window: id, reason: 'end' });
    this.#open = [];
  }

  /** Passes on what became final of a window, and its end when that was the last of it. Returns whether it was. */
  #follow(
    { id, window }: NumberedWindow,
    rows: readonly Row[],
    arrivalMs: number,
    tell: TellWindow,
  ): boolean {
    for (const row of rows) tell({ type: 'step', window: id, row });
    if (window.hasGap) {
      this.gaps++;
      tell({ type: 'abandoned', window: id, reason: 'gap' });
    } else if (window.isComplete) {
      tell({ type: 'closed', window: id, ...window.summary, rows: window.rows, arrivalMs });
    } else {
      return false;
    }
    return true;
  }

  #leaveEnded(): void {
    this.#open = this.#open.filter(({ window }) => !window.hasGap && !window.isComplete);
  }
}
