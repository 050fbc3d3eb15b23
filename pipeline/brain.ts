import type { Answer } from '../protocols/answers.ts';
import type { FittedTask } from '../protocols/task.ts';
import type { Row } from '../protocols/window.ts';

export type { Answer } from '../protocols/answers.ts';

/** One window being read by the model. */
export interface Thought {
  /** Who answers, where that is not the brain that was asked to open the window. */
  readonly by?: Brain;
  /** Rows in time order, as they become final. */
  push(rows: readonly Row[]): void;
  /**
   * The answer, once all rows are in. Ends the thought. Rejects when the model failed.
   *
   * @param deadlineMs on the clock of `steadyMs` (model/runtime/deadline.ts). Rejects with `MissedDeadline` when the model
   * knows that it will not be in time; who cannot tell may ignore it.
   */
  score(deadlineMs?: number): Promise<Answer>;
  /** The window came to nothing: free its memory. */
  discard(): void;
}

/**
 * The seam between windows and model: a session for each open window, so that a model can read
 * samples while they arrive, and a whole recording can be scored by the same code.
 */
export interface Brain {
  readonly task: FittedTask;
  /** The bundle's name, and the hash that stands for its exact contents. */
  readonly model: string;
  readonly bundleHash: string;
  /** Which of the bundle's variants; absent where there are none. */
  readonly variant?: string | undefined;
  /** Resolves with the reason when the model has ended by itself and can answer no more; absent where it cannot. */
  readonly ended?: Promise<Error>;
  open(board: string): Thought;
}

/** A whole window at once: the same as reading it row by row, with the same result. */
export function answer(brain: Brain, board: string, rows: readonly Row[]): Promise<Answer> {
  const thought = brain.open(board);
  thought.push(rows);
  return thought.score();
}
