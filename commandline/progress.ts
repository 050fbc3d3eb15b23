import { palette, type TextSink } from './terminal.ts';

const REDRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_WIDTH = 24;

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
 * elsewhere, so that a log stays readable.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  readonly #startedAt: number;
  #done: number;
  #note = '';
  #shownMs: number;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#startMs = this.#nowMs();
    this.#startedAt = options.done ?? 0;
    this.#done = this.#startedAt;
    this.#shownMs = options.sink.isTTY ? Number.NEGATIVE_INFINITY : this.#startMs;
  }

  /** @param note what else is worth seeing: `loss 2.31` */
  advance(by = 1, note = this.#note): void {
    this.#done += by;
    this.#note = note;
    const now = this.#nowMs();
    const everyMs = this.#options.sink.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS;
    if (now - this.#shownMs < everyMs) return;
    this.#shownMs = now;
    this.#show(now);
  }

  /** Prints the last state and leaves the cursor on a line of its own. */
  finish(): void {
    this.#show(this.#nowMs());
    if (this.#options.sink.isTTY) this.#options.sink.write('\n');
  }

  #show(now: number): void {
    const { sink } = this.#options;
    const line = this.#line((now - this.#startMs) / 1000);
    if (!sink.isTTY) {
      sink.write(`${line}\n`);
      return;
    }
    sink.write(`\r\x1b[K${this.#bar()} ${line.slice(0, (sink.columns ?? 80) - BAR_WIDTH - 2)}`);
  }

  /** `pretrain 1200/5000 steps  41.3/s  1m32s left  loss 2.31` */
  #line(elapsedS: number): string {
    const { label, unit, total } = this.#options;
    const parts = [`${label} ${this.#done}/${total} ${unit}`];
    const rate = elapsedS > 0 ? (this.#done - this.#startedAt) / elapsedS : 0;
    if (rate > 0) {
      parts.push(`${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3)}/s`);
      const left = Math.max(0, total - this.#done);
      parts.push(
        left === 0
          ? `took ${formatDuration(elapsedS * 1000)}`
          : `${formatDuration((left / rate) * 1000)} left`,
      );
    }
    if (this.#note !== '') parts.push(this.#note);
    return parts.join('  ');
  }

  #bar(): string {
    const fraction = Math.min(1, this.#done / Math.max(1, this.#options.total));
    const filled = Math.round(fraction * BAR_WIDTH);
    return palette(this.#options.sink).cyan('━'.repeat(filled)) + ' '.repeat(BAR_WIDTH - filled);
  }
}

/** A duration for people, to two units: `850ms`, `12s`, `1m32s`, `3h05m`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)}ms`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}
