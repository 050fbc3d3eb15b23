/** One token sequence being read by the model: the prefix, then what is pushed. */
export interface ModelSequence {
  push(tokens: readonly number[]): void;
  /**
   * Probability of each completion of the task, in their order. Ends the sequence.
   *
   * @param deadlineMs on the clock of `steadyMs`. Rejects with `MissedDeadline`, perhaps long before, when it cannot be met.
   */
  score(deadlineMs?: number): Promise<Float64Array>;
  /** Frees the sequence, wherever the model is with it. A score that is waiting for its turn is rejected. */
  discard(): void;
}
