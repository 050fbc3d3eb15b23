import type { ModelSequence } from './model-sequence.ts';

/** What a task can ask of the model that it shares. */
interface Share {
  readonly open: () => ModelSequence;
  readonly remove: () => void;
  readonly ended: Promise<Error>;
}

/** One of several tasks of a model (`ModelRuntime.addTask`). */
export class ModelTask {
  /** Resolves with the reason when the model has ended without being asked to. */
  readonly ended: Promise<Error>;
  readonly #share: Share;
  readonly #asked = new Set<Promise<Float64Array>>();

  constructor(share: Share) {
    this.#share = share;
    this.ended = share.ended;
  }

  open(): ModelSequence {
    const { push, score, discard } = this.#share.open();
    return { push, score: (deadlineMs) => this.#remembered(score(deadlineMs)), discard };
  }

  /** Answers what was asked, then frees what is the task's own: its prefix, its adapter, its windows. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#asked);
    this.#share.remove();
  }

  #remembered(score: Promise<Float64Array>): Promise<Float64Array> {
    const forget = (): void => void this.#asked.delete(score);
    this.#asked.add(score);
    score.then(forget, forget);
    return score;
  }
}
