import type { Answer, Brain, Thought } from '../../pipeline/brain.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { Row } from '../../protocols/window.ts';

/** A brain whose answers the test gives, when it chooses to. Refuses to be used against its contract. */
export class DeferredBrain implements Brain {
  readonly task: FittedTask;
  readonly model = 'deferred';
  readonly bundleHash = 'b0a7';
  /** Every thought ever opened, oldest first. */
  readonly thoughts: DeferredThought[] = [];

  constructor(task: FittedTask) {
    this.task = task;
  }

  open(board: string): Thought {
    const thought = new DeferredThought(board);
    this.thoughts.push(thought);
    return thought;
  }

  /** The thoughts that wait for the test's answer. */
  get scoring(): DeferredThought[] {
    return this.thoughts.filter(({ state }) => state === 'scoring');
  }
}

export class DeferredThought implements Thought {
  readonly board: string;
  readonly values: number[][] = [];
  deadlineMs: number | undefined;
  state: 'open' | 'scoring' | 'ended' | 'discarded' = 'open';
  #settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  constructor(board: string) {
    this.board = board;
  }

  push(rows: readonly Row[]): void {
    this.#mustBe('open');
    this.values.push(...rows.map((row) => [...row]));
  }

  score(deadlineMs?: number): Promise<Answer> {
    this.#mustBe('open');
    this.state = 'scoring';
    this.deadlineMs = deadlineMs;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  discard(): void {
    this.#mustBe('open');
    this.state = 'discarded';
  }

  /** Answers, and lets everything run that waits for it. */
  async answer(probs: Readonly<Record<string, number>> = { Tap: 1, Double: 0, Hold: 0 }): Promise<void> {
    this.#mustBe('scoring');
    this.state = 'ended';
    this.#settle!.resolve({ probs });
    await settled();
  }

  async fail(error = new Error('the model failed')): Promise<void> {
    this.#mustBe('scoring');
    this.state = 'ended';
    this.#settle!.reject(error);
    await settled();
  }

  #mustBe(state: DeferredThought['state']): void {
    if (this.state !== state) throw new Error(`the thought is ${this.state}, not ${state}`);
  }
}

/** Resolves when all promises that are settled now have been followed up. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
