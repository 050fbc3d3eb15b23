/** Windows as a classical method reads them: (windows, inputs), NaN where a value is missing. */
export type Inputs = readonly (readonly number[])[];

/** A trained classical method. */
export interface Classifier {
  /** (windows, labels), in the order of the task's labels. */
  probabilities(inputs: Inputs): number[][];
}

/** How a classical method is trained. The same examples in the same order give the same classifier. */
export interface Learner {
  readonly name: string;
  /** @param truths label index of each window */
  train(inputs: Inputs, truths: readonly number[], labels: number): Promise<Classifier>;
}
