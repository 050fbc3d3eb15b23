import { palette, type TextSink } from './terminal.ts';

const LINE_EVERY_MS = 10_000;
/** Back to the line's start, and erase to its end (ECMA-48: EL). */
const CLEAR_LINE = '\r\x1b[K';

/**
 * How it goes, of work without an end: one line redrawn in place on a terminal, a plain line every ten seconds
 * elsewhere. While it is on the screen, other messages go through `note`.
 */
export class LiveLine {
  readonly #sink: TextSink;
  readonly #nowMs: () => number;
  #text = '';
  #isDrawn = false;
  #shownMs: number;

  /** @param nowMs a clock in milliseconds that never goes back */
  constructor(sink: TextSink, nowMs: () => number = () => performance.now()) {
    this.#sink = sink;
    this.#nowMs = nowMs;
    this.#shownMs = nowMs();
  }

  show(text: string): void {
    this.#text = text;
    if (this.#sink.isTTY) this.#draw();
    else if (this.#nowMs() - this.#shownMs >= LINE_EVERY_MS) {
      this.#shownMs = this.#nowMs();
      this.#sink.write(`${text}\n`);
    }
  }

  /** Prints a message on a line of its own, above. */
  note(line: string): void {
    this.#sink.write(`${this.#isDrawn ? CLEAR_LINE : ''}${line}\n`);
    if (this.#isDrawn) this.#draw();
  }

  /** The last state stays, and the cursor is left on a line of its own. */
  finish(): void {
    if (this.#text !== '') this.#sink.write(this.#isDrawn ? '\n' : `${this.#text}\n`);
    this.#text = '';
    this.#isDrawn = false;
  }

  #draw(): void {
    const { dim } = palette(this.#sink);
    // The last column stays empty: a terminal may wrap when the cursor comes there.
    const text = this.#text.slice(0, (this.#sink.columns || 80) - 1);
    this.#sink.write(`${CLEAR_LINE}${dim(text)}`);
    this.#isDrawn = true;
  }
}
