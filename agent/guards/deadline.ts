import type { Prediction } from '../../protocols/prediction.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { deadlineMs } from './measure.ts';

/** Counts the answers that came later than windows come apart: an agent that is often late falls behind. */
export class Deadline {
  missed = 0;
  /** By task. */
  readonly #allowedMs: ReadonlyMap<string, number>;

  /** @param isLive recordings may be replayed faster than life: their answers have no deadline */
  constructor(tasks: readonly TaskSpec[], isLive: boolean) {
    this.#allowedMs = new Map(isLive ? tasks.map((task) => [task.name, deadlineMs(task)]) : []);
  }

  met({ task, latencyMs }: Pick<Prediction, 'task' | 'latencyMs'>): void {
    if (latencyMs > (this.#allowedMs.get(task) ?? Number.POSITIVE_INFINITY)) this.missed++;
  }
}
