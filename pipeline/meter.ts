import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { WindowerCounts } from '../protocols/window-policy.ts';
import type { Windower } from '../protocols/windower.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** How many latencies are remembered for the quantiles: minutes of a busy agent. */
const REMEMBERED = 1024;

/** Counts what passes through one pipeline. Written by its operators, read by the agent's health. */
export class Meter {
  /** Counted by `countReadings`, once however many tasks they are for. */
  readings = 0;
  opened = 0;
  closed = 0;
  /** Windows given up before their end: too much was missing, or the board's clock changed. */
  abandoned = 0;
  /** Windows which a newer one of the same board overtook before the model got to them. */
  dropped = 0;
  /** Windows that could not be answered before their deadline. */
  missed = 0;
  /** Windows for which the model gave no answer. */
  failed = 0;
  /** Why the last of them failed. */
  lastFailure: string | undefined;
  predictions = 0;
  /** From a window's last sample to its prediction, of all predictions. */
  readonly latencies = new LatencyHistogram();
  /** Each with its board; a board has one for each task. */
  readonly #windowers = new Map<Windower, string>();
  /** What the windowers of boards that are gone had counted. */
  #gone: WindowerCounts = { late: 0, outliers: 0, gaps: 0, restarts: 0, duplicates: 0, crowded: 0 };
  readonly #latenciesMs: number[] = [];

  get boards(): number {
    return new Set(this.#windowers.values()).size;
  }

  watch(board: string, windower: Windower): void {
    this.#windowers.set(windower, board);
  }

  /** The board is gone; what was counted stays. */
  forget(windower: Windower): void {
    if (this.#windowers.delete(windower)) this.#gone = sum(this.#gone, windower.counts);
  }

  addLatency(latencyMs: number): void {
    this.#latenciesMs[this.predictions % REMEMBERED] = latencyMs;
    this.predictions++;
    this.latencies.add(latencyMs);
  }

  /** Latency at a share of the remembered predictions (0.5: the median), or null before the first. */
  latencyMs(share: number): number | null {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  }

  /** What the windowers of all boards counted, those that are gone too. */
  get windowing(): WindowerCounts {
    return [...this.#windowers.keys()].reduce((total, { counts }) => sum(total, counts), this.#gone);
  }
}

/** Readings on their way to one task or several. */
export const countReadings = <Reading>(meter: Meter): MonoTypeOperatorFunction<Reading> =>
  tap(() => {
    meter.readings++;
  });

const sum = (a: WindowerCounts, b: WindowerCounts): WindowerCounts => ({
  late: a.late + b.late,
  outliers: a.outliers + b.outliers,
  gaps: a.gaps + b.gaps,
  restarts: a.restarts + b.restarts,
  duplicates: a.duplicates + b.duplicates,
  crowded: a.crowded + b.crowded,
});
