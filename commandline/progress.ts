import { palette, type TextSink } from './terminal.ts';

const REDRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const WIDEST_BAR = 24;
/** Of a terminal that does not say how wide it is. */
const DEFAULT_COLUMNS = 80;
const GAP = '  ';
/** Back to the line's start, and erase to its end (ECMA-48: EL). */
const CLEAR_LINE = '\r\x1b[K';

export interface ProgressOptions {
  /** Where it is drawn: standard error, as standard output is for data. */
  readonly sink: TextSink;
  /** What is going on: `pretrain`. */
  readonly label: string;
  /** What is counted: `steps`. */
  readonly unit: string;
  readonly total: number;
  /** Done before this run began, when a run resumes; not part of the rate. */
  readonly done?: number;
  /** A clock in milliseconds that never goes back. */
  readonly nowMs?: () => number;
}

/**
 * Progress with its rate and the time left: one line redrawn in place on a terminal, a plain line every ten seconds
 * elsewhere, so that a log stays readable. While it is on the screen, other messages go through `note`.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  readonly #startedAt: number;
  #done: number;
  #details: readonly string[] = [];
  #shownMs: number;
  /** On a terminal: the cursor stands behind the bar, in its line. */
  #isDrawn = false;
  #isFinished = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#startMs = this.#nowMs();
    this.#startedAt = options.done ?? 0;
    this.#done = this.#startedAt;
    this.#shownMs = options.sink.isTTY ? Number.NEGATIVE_INFINITY : this.#startMs;
  }

  /** @param details what else is worth seeing, the most important first: `loss 2.31`; none: those of before */
  advance(by = 1, ...details: readonly string[]): void {
    this.#done += by;
    if (details.length > 0) this.#details = details;
    const now = this.#nowMs();
    const everyMs = this.#options.sink.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS;
    if (now - this.#shownMs < everyMs) return;
    this.#shownMs = now;
    this.#show(now);
  }

  /** Prints a message on a line of its own, above the bar. */
  note(line: string): void {
    const { sink } = this.#options;
    if (!this.#isDrawn) {
      sink.write(`${line}\n`);
      return;
    }
    sink.write(`${CLEAR_LINE}${line}\n`);
    this.#show(this.#nowMs());
  }

  /** Prints the last state and leaves the cursor on a line of its own; once, however often it is called. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#show(this.#nowMs());
    if (this.#isDrawn) this.#options.sink.write('\n');
    this.#isDrawn = false;
  }

  #show(now: number): void {
    const { sink } = this.#options;
    const fields = this.#fields((now - this.#startMs) / 1000);
    if (!sink.isTTY) {
      sink.write(`${fields.join(GAP)}\n`);
      return;
    }
    const columns = sink.columns || DEFAULT_COLUMNS;
    const barWidth = Math.min(WIDEST_BAR, Math.floor(columns / 6));
    // The last column stays empty: a terminal may wrap when the cursor comes there.
    const text = fitting(fields, columns - barWidth - 2);
    sink.write(`${CLEAR_LINE}${this.#bar(barWidth)} ${text}`);
    this.#isDrawn = true;
  }

  /** The most important first: `pretrain 1200/5000 steps`, `41.3/s`, `1 min 32 s left`, `loss 2.31`. */
  #fields(elapsedS: number): string[] {
    const { label, unit, total } = this.#options;
    const fields = [`${label} ${formatAmount(this.#done, total)} ${unit}`];
    const rate = elapsedS > 0 ? (this.#done - this.#startedAt) / elapsedS : 0;
    if (rate > 0) {
      fields.push(`${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3)}/s`);
      const left = Math.max(0, total - this.#done);
      fields.push(
        left === 0 ? `took ${formatDuration(elapsedS * 1000)}` : `${formatTimeLeft(left / rate)} left`,
      );
    }
    return [...fields, ...this.#details];
  }

  #bar(width: number): string {
    const fraction = Math.min(1, this.#done / Math.max(1, this.#options.total));
    const filled = Math.round(fraction * width);
    return palette(this.#options.sink).cyan('━'.repeat(filled)) + ' '.repeat(width - filled);
  }
}

/** As many whole fields as there is room for; the first is cut where even it has none. */
function fitting(fields: readonly string[], width: number): string {
  for (let count = fields.length; count > 1; count--) {
    const text = fields.slice(0, count).join(GAP);
    if (text.length <= width) return text;
  }
  return fields[0]!.slice(0, Math.max(0, width));
}

/** `1200/5000`, `1.20/5.00 M`. */
const formatAmount = (done: number, total: number): string =>
  total < 1e6 ? `${done}/${total}` : `${(done / 1e6).toFixed(2)}/${(total / 1e6).toFixed(2)} M`;

/** What is left is never known to the tenth of a second. */
const formatTimeLeft = (seconds: number): string => (seconds < 1 ? '< 1 s' : formatDuration(1000 * seconds));

/** A duration for people, to two units: `40 ms`, `0.8 s`, `12 s`, `1 min 32 s`, `3 h 05 min`, `2 d 07 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 99.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${twoDigits(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

const twoDigits = (count: number): string => String(count).padStart(2, '0');
