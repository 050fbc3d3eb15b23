import { RandomStream } from '../model/random.ts';
import { labelsOf } from '../protocols/answers.ts';
import type { Recording } from '../protocols/recording.ts';
import { type TaskSpec, windowUs } from '../protocols/task.ts';
import { majorityLabel } from '../protocols/truth-timeline.ts';
import { augmented } from './augment/augment.ts';
import { recombined } from './augment/recombine.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import type { Recipe, StartRule } from './recipe-keys.ts';
import { overhangSamples, StartSampler, surroundings } from './row-windows.ts';

/** A window of a row that is still to be cut: from these readings, at this time. */
export interface DrawnWindow {
  readonly recording: Recording;
  readonly startUs: number;
  /** Its answer in words, where the task asks for a label. */
  readonly label: string;
}

/** The draws of a training row: a run's models and the methods beside them have the same ones. */
export const drawsOf = (seed: number, row: LabelledRow): RandomStream =>
  RandomStream.seeded(seed).fork('prepare').fork(row.id);

/**
 * Where the windows of one row begin, and what another person, lamp or clock may have made of their readings, as a recipe's
 * `windows` say. The model and the classical methods beside it learn from windows that are drawn here, so both see the same.
 */
export class TrainingWindows {
  readonly #spec: TaskSpec;
  readonly #rules: Recipe['windows'];
  readonly #row: LabelledRow;
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
    this.#spec = spec;
    this.#rules = rules;
    this.#row = row;
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
    const recording = augmented(measured, this.#rules.augment, startUs, draw.fork('augment'));
    return { startUs, recording, label: this.#labelAt(startUs) };
  }

  /** A window as it was measured, so many samples from where a rule's windows begin. */
  exact(from: StartRule['from'], shiftSamples: number): DrawnWindow {
    const startUs = this.#starts.exact(from, shiftSamples);
    return { startUs, recording: this.#extended, label: this.#row.label };
  }

  /** What fills most of a window, before its time is stretched; where nothing is known of it, the row's own label. */
  #labelAt(startUs: number): string {
    const { label, context } = this.#row;
    if (!this.#rules.relabel || !context) return label;
    const there = majorityLabel(context.labels, { startUs, endUs: startUs + windowUs(this.#spec) });
    return there !== null && labelsOf(this.#spec.answers).includes(there) ? there : label;
  }
}
