import { isDeepStrictEqual } from 'node:util';
import type { Brain, Thought } from '../../pipeline/brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { FittedTask, TaskSpec } from '../../protocols/task.ts';

type Close = () => Promise<void>;

/**
 * A model that another one can take the place of while windows are open: those stay with the model that began them, new
 * ones are the new one's, and the old one ends when it has answered its last.
 */
export class SwappableBrain implements Brain {
  /** Resolves when the model that is in use has ended by itself. */
  readonly ended: Promise<Error>;
  #shift: Shift;
  #tellEnd!: (reason: Error) => void;
  readonly #leaving = new Set<Promise<void>>();

  /** @param close ends the first model; nothing does when absent */
  constructor(first: Brain, close?: Close) {
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.#shift = this.#begin(first, close);
  }

  get task(): FittedTask {
    return this.#shift.brain.task;
  }

  get model(): string {
    return this.#shift.brain.model;
  }

  get bundleHash(): string {
    return this.#shift.brain.bundleHash;
  }

  get variant(): string | undefined {
    return this.#shift.brain.variant;
  }

  open(board: string): Thought {
    return this.#shift.open(board);
  }

  /**
   * Let another model answer from the next window on.
   *
   * @throws TinyError when it reads other windows or gives other answers; the present one stays
   */
  swap(next: Brain, close?: Close): void {
    const trouble = misfit(this.task.spec, next.task.spec);
    if (trouble !== undefined) {
      throw new TinyError(
        `${next.model} cannot take the place of ${this.model}: ${trouble}`,
        'name a bundle of the same task, or change `bundle` in the configuration and start the agent again',
      );
    }
    this.#retire();
    this.#shift = this.#begin(next, close);
  }

  /** Ends the model in use and those that still answer. */
  async close(): Promise<void> {
    this.#shift.abandon();
    this.#retire();
    await Promise.all(this.#leaving);
  }

  #begin(brain: Brain, close: Close = async () => {}): Shift {
    const shift = new Shift(brain, close);
    void brain.ended?.then((reason) => {
      if (shift === this.#shift) this.#tellEnd(reason);
    });
    return shift;
  }

  #retire(): void {
    const left = this.#shift.retire();
    this.#leaving.add(left);
    // A model that cannot be closed is gone all the same; `close` tells of the last one.
    void left.catch(() => {}).finally(() => this.#leaving.delete(left));
  }
}

/** The time in which one model is in use, and the windows that it has begun. */
class Shift {
  readonly brain: Brain;
  readonly #close: Close;
  #open = 0;
  #retired: (() => void) | undefined;

  constructor(brain: Brain, close: Close) {
    this.brain = brain;
    this.#close = close;
  }

  open(board: string): Thought {
    const thought = this.brain.open(board);
    this.#open++;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      this.#open--;
      this.#closeWhenIdle();
    };
    return {
      by: this.brain,
      push: (rows) => thought.push(rows),
      score: (deadlineMs) => thought.score(deadlineMs).finally(over),
      discard: () => {
        thought.discard();
        over();
      },
    };
  }

  /** Its windows will not be waited for. */
  abandon(): void {
    this.#open = 0;
  }

  /** Resolves when the last window is answered and the model is closed. */
  async retire(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#retired = resolve;
      this.#closeWhenIdle();
    });
    await this.#close();
  }

  #closeWhenIdle(): void {
    if (this.#open <= 0) this.#retired?.();
  }
}

/** Why readers of the one task's windows and answers would not understand the other's; undefined when they do. */
export function misfit(present: TaskSpec, next: TaskSpec): string | undefined {
  if (next.name !== present.name) return `its task is ${next.name}, not ${present.name}`;
  const parts = ['input', 'window', 'answers'] as const;
  const other = parts.filter((part) => !isDeepStrictEqual(present[part], next[part]));
  return other.length === 0 ? undefined : `its task has another ${other.join(' and another ')}`;
}
