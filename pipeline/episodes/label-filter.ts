/** A window was not sure enough of any label: kept apart from the labels, as a state of its own. */
export const UNKNOWN = Symbol('unknown');

export type State = string | typeof UNKNOWN;

/** What one window says. */
export interface Observation {
  readonly probs: Readonly<Record<string, number>>;
  readonly unknown: boolean;
}

export interface LabelFilterOptions {
  readonly labels: readonly string[];
  /** How long a state is expected to stand, in milliseconds. */
  readonly dwellMs: number;
  /** How long a window is. Windows that overlap say the same thing twice. */
  readonly windowMs: number;
}

/** No window is surer than this: a model that is wrong is often wrong by more than its probabilities admit. */
const LEAST_P = 0.01;
/** How often a window of a label is too unsure to be answered, and how often one of nothing known is. */
const UNSURE = { ofLabel: 0.1, ofUnknown: 0.9 };

/**
 * The forward filter of a hidden Markov model over the labels and "unknown" (L. Rabiner, A Tutorial on Hidden Markov
 * Models, 1989, equations 19 and 20, scaled): what the state is, given all windows so far.
 *
 * A state stands for an exponential time of mean `dwellMs` and then becomes any other, so what a step of `stepMs` does
 * follows from its length. A window's probabilities stand for its likelihoods. Windows that overlap share samples: each
 * counts with the power of what is new in it, step / window, so that a second of evidence weighs the same at any hop.
 */
export class LabelFilter {
  readonly states: readonly State[];
  readonly #options: LabelFilterOptions;
  #p: Float64Array;

  constructor(options: LabelFilterOptions) {
    this.#options = options;
    this.states = [...options.labels, UNKNOWN];
    this.#p = new Float64Array(this.states.length).fill(1 / this.states.length);
  }

  /**
   * @param stepMs since the window before; undefined for the first one
   * @returns the most probable state and its probability
   */
  observe(observation: Observation, stepMs?: number): { readonly state: State; readonly p: number } {
    const { dwellMs, windowMs } = this.#options;
    const stays = stepMs === undefined ? 0 : Math.exp(-stepMs / dwellMs);
    const isNew = stepMs === undefined || windowMs === 0 ? 1 : Math.min(1, stepMs / windowMs);
    const others = this.states.length - 1;
    const joint = this.#p.map((p, s) => {
      const predicted = stepMs === undefined ? p : stays * p + ((1 - stays) * (1 - p)) / others;
      return predicted * this.#likelihood(this.states[s]!, observation) ** isNew;
    });
    const sum = joint.reduce((a, b) => a + b, 0);
    this.#p = joint.map((p) => p / sum);
    const best = this.#p.reduce((best, p, s) => (p > this.#p[best]! ? s : best), 0);
    return { state: this.states[best]!, p: this.#p[best]! };
  }

  /** How probable a state is by now. */
  probability(state: State): number {
    return this.#p[this.states.indexOf(state)] ?? 0;
  }

  /** What is nothing known looks like any label alike. */
  #likelihood(state: State, { probs, unknown }: Observation): number {
    const isUnknown = state === UNKNOWN;
    const unsure = isUnknown ? UNSURE.ofUnknown : UNSURE.ofLabel;
    const p = isUnknown ? 1 / this.#options.labels.length : Math.max(LEAST_P, probs[state] ?? 0);
    return p * (unknown ? unsure : 1 - unsure);
  }
}
