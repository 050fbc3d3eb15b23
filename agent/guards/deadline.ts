import type { TaskSpec } from '../../protocols/task.ts';
import { deadlineMs } from './measure.ts';

/** Counts the answers that came later than windows come apart: an agent that is often late falls behind. */
export class Deadline {
  missed = 0;
  readonly #allowedMs: number;

  /** @param isLive recordings may be replayed faster than life: their answers have no deadline */
  constructor(task: TaskSpec, isLive: boolean) {
    this.#allowedMs = isLive ? deadlineMs(task) : Number.POSITIVE_INFINITY;
  }

  /** @param latencyMs from the last sample of a window to its answer */
  met(latencyMs: number): void {
    if (latencyMs > this.#allowedMs) this.missed++;
  }
}
