import type { OutlierSettings } from '../pretrain-settings.ts';

/** What a resumed run needs of the steps before it. */
export interface StepHistory {
  /** Of the last steps, the newest last. */
  readonly lossNats: readonly number[];
  readonly gradNorms: readonly number[];
}

/**
 * Tells steps that would do harm: a batch of rubbish makes a loss or a gradient far outside what the last steps had. They
 * are left out, but remembered, so that a lasting change is soon taken for what it is.
 *
 * Source: `SkipStepOptimizer` of github allenai/OLMo-core, whose window of 128 steps and six deviations are the defaults here.
 */
export class Outliers {
  readonly #settings: OutlierSettings;
  #lossNats: number[];
  #gradNorms: number[];

  constructor(settings: OutlierSettings, history: StepHistory = { lossNats: [], gradNorms: [] }) {
    this.#settings = settings;
    this.#lossNats = [...history.lossNats];
    this.#gradNorms = [...history.gradNorms];
  }

  get history(): StepHistory {
    return { lossNats: this.#lossNats, gradNorms: this.#gradNorms };
  }

  /** Whether this step is one; it is remembered either way. Nothing is until the window is full. */
  judge(lossNats: number, gradNorm: number): boolean {
    const isOutlier = this.#isFar(lossNats, this.#lossNats) || this.#isFar(gradNorm, this.#gradNorms);
    const { window } = this.#settings;
    this.#lossNats = [...this.#lossNats, lossNats].slice(-window);
    this.#gradNorms = [...this.#gradNorms, gradNorm].slice(-window);
    return isOutlier;
  }

  #isFar(value: number, before: readonly number[]): boolean {
    const { window, deviations } = this.#settings;
    if (before.length < window) return false;
    const mean = before.reduce((sum, v) => sum + v, 0) / window;
    const variance = before.reduce((sum, v) => sum + (v - mean) ** 2, 0) / window;
    return value > mean + deviations * Math.sqrt(variance);
  }
}
