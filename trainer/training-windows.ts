import { RandomStream } from '../model/random.ts';
import type { Recording } from '../protocols/recording.ts';
import type { TaskSpec } from '../protocols/task.ts';
import { augmented } from './augment/augment.ts';
import { recombined } from './augment/recombine.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import type { Recipe, StartRule } from './recipe.ts';
import { overhangSamples, StartSampler, surroundings } from './row-windows.ts';

/** A window of a row that is still to be cut: from these readings, at this time. */
export interface DrawnWindow {
  readonly recording: Recording;
  readonly startUs: number;
}

/** The draws of a training row: a run's models and the methods beside them have the same ones. */
export const drawsOf = (seed: number, row: LabelledRow): RandomStream =>
  RandomStream.seeded(seed).fork('prepare').fork(row.id);

/**
 * Where the windows of one row begin, and what another person, lamp or clock may have made of their readings, as a recipe's
 * `windows` say. The model and the classical methods beside it learn from windows that are drawn here, so both see the same.
 */
export class TrainingWindows {
  readonly #rules: Recipe['windows'];
  readonly #extended: Recording;
  readonly #starts: StartSampler;
  readonly #alike: readonly Recording[];

  /** @param alike the recordings of all training rows with the same answer (`recordingsByAnswer`) */
  constructor(
    spec: TaskSpec,
    rules: Recipe['windows'],
    row: LabelledRow,
    alike: readonly Recording[] = [row.recording],
  ) {
    const { recording } = row;
    const mostShiftSamples = Math.max(...rules.starts.map(({ shiftSamples }) => shiftSamples));
    this.#rules = rules;
    this.#alike = alike;
    this.#extended = surroundings(row, overhangSamples(spec, recording, mostShiftSamples));
    this.#starts = new StartSampler(spec, rules.starts, recording, this.#extended);
  }

  /** @param random `drawsOf` the row; copy 3 is the same window whichever others are drawn */
  draw(random: RandomStream, copy: number): DrawnWindow {
    const draw = random.fork(copy);
    const startUs = this.#starts.draw(draw);
    const measured = this.#rules.recombine
      ? recombined(this.#extended, this.#alike, draw.fork('recombine'))
      : this.#extended;
    return { startUs, recording: augmented(measured, this.#rules.augment, startUs, draw.fork('augment')) };
  }

  /** A window as it was measured, so many samples from where a rule's windows begin. */
  exact(from: StartRule['from'], shiftSamples: number): DrawnWindow {
    return { startUs: this.#starts.exact(from, shiftSamples), recording: this.#extended };
  }
}
