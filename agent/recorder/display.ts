import { palette, type TextSink } from '../../commandline/terminal.ts';
import type { Recorder } from './recorder.ts';

/** Back to the line's start, and erase to its end (ECMA-48: EL). */
const CLEAR_LINE = '\r\x1b[K';
const DEFAULT_COLUMNS = 80;
/** A board that has said nothing for so long is told to be silent. */
const SILENT_AFTER_MS = 3000;

/** One line on a terminal, drawn anew as long as the recording goes on: time, boards with their rates, label. */
export class Display {
  readonly #sink: TextSink;
  readonly #recorder: Recorder;
  readonly #startMs = Date.now();
  #counts = new Map<string, number>();
  #countedMs = Date.now();

  constructor(sink: TextSink, recorder: Recorder) {
    this.#sink = sink;
    this.#recorder = recorder;
  }

  /** To be called a few times a second. */
  draw(): void {
    if (!this.#sink.isTTY) return;
    const columns = this.#sink.columns ?? DEFAULT_COLUMNS;
    const { bold } = palette(this.#sink);
    const { label, labelledMs } = this.#recorder;
    const now = Date.now();
    const going = `${label ?? 'no label'} ${clock(now - labelledMs)}`;
    const boards = this.#boards(now);
    const plain = `${clock(now - this.#startMs)}  ${boards === '' ? 'no board yet' : boards}`;
    this.#sink.write(
      `${CLEAR_LINE}${plain.slice(0, Math.max(0, columns - going.length - 3))}  ${bold(going)}`,
    );
  }

  end(): void {
    if (this.#sink.isTTY) this.#sink.write(`${CLEAR_LINE}`);
  }

  #boards(now: number): string {
    const seconds = Math.max(0.001, (now - this.#countedMs) / 1000);
    const told = this.#recorder.boards.map(({ board, readings, heardMs }) => {
      if (now - heardMs > SILENT_AFTER_MS) return `${board} silent`;
      const rate = (readings - (this.#counts.get(board) ?? 0)) / seconds;
      return `${board} ${readings} (${rate.toFixed(0)} Hz)`;
    });
    if (seconds > 2) {
      this.#counts = new Map(this.#recorder.boards.map(({ board, readings }) => [board, readings]));
      this.#countedMs = now;
    }
    return told.join('  ');
  }
}

/** `1:05` */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
