import type { ModelChoice } from './program.ts';

/** The models that a program has been asked for, each opened once. */
export class Opened<Model> {
  readonly #models = new Map<string, Promise<Model>>();
  readonly #open: (model: ModelChoice) => Promise<Model>;

  constructor(open: (model: ModelChoice) => Promise<Model>) {
    this.#open = open;
  }

  get(choice: ModelChoice): Promise<Model> {
    const key = JSON.stringify([choice.size, choice.format, choice.threads]);
    const model = this.#models.get(key) ?? this.#open(choice);
    this.#models.set(key, model);
    return model;
  }
}
