import { labelsOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { LabelledRow } from '../datasets/dataset.ts';
import { accuracy, confusionMatrix, type Scored } from '../metrics.ts';
import { rowWindow } from '../row-windows.ts';
import type { Inputs } from './baseline.ts';
import type { InputKind } from './inputs.ts';
import { type Baseline, type Method, trainBaselines } from './train-baselines.ts';

/** What a trained classical method said of rows that it had not seen. */
export interface MethodAnswers {
  readonly name: string;
  /** To the rows in place, in their order. */
  readonly scored: readonly Scored[];
  /** Accuracy with every window moved by so many samples. */
  readonly shifts: Readonly<Record<string, number>>;
  /** Windows that it was trained on. */
  readonly windows: number;
  readonly trainMs: number;
}

/** Rows which every method is asked, cut once for each kind of input. */
export class Questions {
  readonly #spec: TaskSpec;
  readonly #rows: readonly LabelledRow[];
  readonly #shifts: readonly number[];
  readonly #cut = new Map<string, Inputs>();

  /** @param shifts in samples: also asked with every window moved by so many. A snapshot cannot be moved. */
  constructor(spec: TaskSpec, rows: readonly LabelledRow[], shifts: readonly number[] = []) {
    this.#spec = spec;
    this.#rows = rows;
    this.#shifts = spec.input.kind === 'rate' ? shifts : [];
  }

  ask({ name, inputs, classifier, windows, trainMs }: Baseline): MethodAnswers {
    const labels = labelsOf(this.#spec.answers);
    const answers = (shift: number): Scored[] =>
      classifier
        .probabilities(this.#inputs(inputs, shift))
        .map((probs, i) => ({ truth: labels.indexOf(this.#rows[i]!.label), probs }));
    const scored = answers(0);
    const shareAt = (shift: number): number =>
      accuracy(confusionMatrix(shift === 0 ? scored : answers(shift), labels.length));
    const shifts = Object.fromEntries(this.#shifts.map((shift) => [shift, shareAt(shift)]));
    return { name, scored, shifts, windows, trainMs };
  }

  #inputs(kind: InputKind, shift: number): Inputs {
    const key = `${kind.name} ${shift}`;
    const known = this.#cut.get(key) ?? this.#rows.map((row) => kind.of(rowWindow(kind.grid, row, shift)));
    this.#cut.set(key, known);
    return known;
  }
}

/** Train methods and ask each; only its answers are kept. `training`: rows of another split than those asked. */
export async function askMethods(
  spec: TaskSpec,
  training: readonly LabelledRow[],
  methods: readonly Method[],
  questions: Questions,
  signal?: AbortSignal,
): Promise<MethodAnswers[]> {
  const answers: MethodAnswers[] = [];
  for await (const baseline of trainBaselines(spec, training, methods, signal)) {
    answers.push(questions.ask(baseline));
  }
  return answers;
}
