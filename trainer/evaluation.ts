import { answer, type Brain } from '../pipeline/brain.ts';
import { type Answers, labelsOf, numbersOf } from '../protocols/answers.ts';
import { type Answered, answeredRow, labelAnswers, meanAbsoluteErrors } from './answered.ts';
import { type BaselineReport, compareBaselines } from './baselines/compare.ts';
import { compareNumberBaselines, type NumberBaselineReport } from './baselines/compare-numbers.ts';
import type { MethodAnswers } from './baselines/method-answers.ts';
import type { NumberMethodAnswers } from './baselines/number-methods.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import { type Figures, figuresOf } from './figures.ts';
import { quantile } from './fit-quantisers.ts';
import { accuracy, argMax, confusionMatrix, expectedCalibrationError, type Scored } from './metrics.ts';
import { rowWindow } from './row-windows.ts';
import type { StreamReport } from './stream-evaluation.ts';
import { auroc, excludedSureness, rightSureness } from './unknown-threshold.ts';

/** The JSON that `tinyllm evaluate --json` prints. Null: does not apply to this task. */
export interface EvaluationReport extends Figures {
  readonly dataset: string;
  readonly split: string | null;
  /** Rows scored, each distinct input and label once. */
  readonly n: number;
  /** Rows that could not be read. */
  readonly skipped: number;
  readonly ece: number | null;
  readonly unknown: {
    readonly threshold: number;
    readonly coverage: number;
    readonly accuracy: number | null;
    /** Of the answers with the true label taken off the list, the share given as unknown (unknown-threshold.ts) .. */
    readonly negativesRejected: number | null;
    /** .. and how well sureness tells right answers from these; both null for two labels. */
    readonly auroc: number | null;
  } | null;
  /** By person or session, where the rows name them. */
  readonly perGroup: Readonly<Record<string, GroupFigures>> | null;
  /** Accuracy with every window moved by so many samples, edge values repeated. */
  readonly shifts: Readonly<Record<string, number>> | null;
  readonly shiftMean: number | null;
  /** Classical methods on the same rows and shifts; null where none were asked for. */
  readonly baselines: readonly BaselineReport[] | null;
  /** The same for the numbers of a task. */
  readonly numberBaselines: readonly NumberBaselineReport[] | null;
  readonly latencyMs: { readonly p50: number; readonly p95: number };
  /** Whole recordings through the live pipeline, by the second; null where none were asked for. */
  readonly stream: StreamReport | null;
  readonly bundle: string;
}

/** How the rows of one person or session were answered. */
export interface GroupFigures {
  readonly n: number;
  readonly accuracy: number | null;
  /** Absent where the task asks for no number. */
  readonly mae?: Readonly<Record<string, number>>;
}

export interface EvaluationOptions {
  readonly dataset: string;
  readonly split: string | null;
  readonly skipped: number;
  /** Shifts of the window in samples; none when absent. */
  readonly shifts?: readonly number[];
  /** Their answers to the same rows and shifts, to stand beside the model's. */
  readonly baselines?: readonly MethodAnswers[];
  readonly numberBaselines?: readonly NumberMethodAnswers[];
  /** Already scored, to stand in the report. */
  readonly stream?: StreamReport;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Score rows through the runtime that ships, one window at a time. */
export async function evaluate(
  brain: Brain,
  rows: readonly LabelledRow[],
  options: EvaluationOptions,
): Promise<EvaluationReport> {
  const { answers: asked, input } = brain.task.spec;
  const labels = labelsOf(asked);
  const latenciesMs: number[] = [];
  const shifts = input.kind === 'rate' && labels.length > 0 ? (options.shifts ?? []) : [];
  const total = rows.length * new Set([0, ...shifts]).size; // in place once, whether it is asked for or not
  let done = 0;
  const answerAll = async (shiftSamples: number): Promise<Answered[]> => {
    const answered: Answered[] = [];
    for (const row of rows) {
      options.signal?.throwIfAborted();
      const startMs = performance.now();
      answered.push(await answerRow(brain, row, shiftSamples));
      latenciesMs.push(performance.now() - startMs);
      options.onProgress?.(++done, total);
    }
    return answered;
  };

  const answered = await answerAll(0);
  const scored = labelAnswers(answered);
  const byShift: Record<string, number> = {};
  for (const shift of shifts) {
    const moved = shift === 0 ? scored : labelAnswers(await answerAll(shift));
    byShift[shift] = accuracy(confusionMatrix(moved, labels.length));
  }
  latenciesMs.sort((a, b) => a - b);
  const groups = groupsOf(rows);
  const shiftValues = Object.values(byShift);
  const { mae, positionErrorM, ...figures } = figuresOf(asked, answered, groups);
  return {
    dataset: options.dataset,
    split: options.split,
    n: rows.length,
    skipped: options.skipped,
    ...figures,
    ece: labels.length > 0 ? expectedCalibrationError(scored) : null,
    unknown: labels.length > 0 ? atThreshold(scored, brain.task.unknownThreshold) : null,
    mae,
    positionErrorM,
    perGroup: groups ? perGroup(asked, answered, groups) : null,
    shifts: shiftValues.length > 0 ? byShift : null,
    shiftMean: shiftValues.length > 0 ? shiftValues.reduce((a, b) => a + b, 0) / shiftValues.length : null,
    baselines: options.baselines
      ? compareBaselines(options.baselines, { scored, labels: labels.length, groups })
      : null,
    numberBaselines: options.numberBaselines
      ? compareNumberBaselines(options.numberBaselines, asked, answered, groups)
      : null,
    latencyMs: { p50: quantile(latenciesMs, 0.5), p95: quantile(latenciesMs, 0.95) },
    stream: options.stream ?? null,
    bundle: brain.bundleHash,
  };
}

/** The answer to a row beside its truth. */
export async function answerRow(brain: Brain, row: LabelledRow, shiftSamples = 0): Promise<Answered> {
  const { spec } = brain.task;
  const given = await answer(brain, row.recording.board, rowWindow(spec, row, shiftSamples));
  return answeredRow(spec.answers, row, given);
}

function atThreshold(scored: readonly Scored[], threshold: number): NonNullable<EvaluationReport['unknown']> {
  const known = scored.filter(({ probs }) => probs[argMax(probs)]! >= threshold);
  const right = known.filter(({ truth, probs }) => argMax(probs) === truth).length;
  const excluded = excludedSureness(scored);
  return {
    threshold,
    coverage: known.length / scored.length,
    accuracy: known.length > 0 ? right / known.length : null,
    negativesRejected:
      excluded.length > 0 ? excluded.filter((p) => p < threshold).length / excluded.length : null,
    auroc: excluded.length > 0 ? auroc(rightSureness(scored), excluded) : null,
  };
}

/** The group of every row, or undefined when some row names none. */
function groupsOf(rows: readonly LabelledRow[]): string[] | undefined {
  const groups = rows.flatMap(({ recording }) => recording.group ?? []);
  return groups.length === rows.length && groups.length > 0 ? groups : undefined;
}

function perGroup(
  asked: Answers,
  answered: readonly Answered[],
  groups: readonly string[],
): Record<string, GroupFigures> {
  const result: Record<string, GroupFigures> = {};
  for (const group of new Set(groups)) {
    const own = answered.filter((_, i) => groups[i] === group);
    const scored = labelAnswers(own);
    const mae = meanAbsoluteErrors(numbersOf(asked), own);
    const right = scored.filter(({ truth, probs }) => argMax(probs) === truth).length;
    result[group] = {
      n: own.length,
      accuracy: scored.length > 0 ? right / scored.length : null,
      ...(mae && { mae }),
    };
  }
  return result;
}
