import { RandomStream } from '../model/random.ts';
import { answer, type Brain } from '../pipeline/brain.ts';
import { type BaselineReport, compareBaselines } from './baselines/compare.ts';
import type { Baseline } from './baselines/train-baselines.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import { quantile } from './fit-quantisers.ts';
import {
  accuracy,
  argMax,
  bootstrap95,
  confusionMatrix,
  expectedCalibrationError,
  type Interval,
  macroF1,
  type Scored,
} from './metrics.ts';
import { rowWindow } from './row-windows.ts';
import { auroc, excludedSureness, rightSureness } from './unknown-threshold.ts';

/** The JSON that `tinyllm evaluate --json` prints. Null: does not apply to this task. */
export interface EvaluationReport {
  readonly dataset: string;
  readonly split: string | null;
  /** Rows scored, each distinct input and label once. */
  readonly n: number;
  /** Rows that could not be read. */
  readonly skipped: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ci95: { readonly accuracy: Interval; readonly macroF1: Interval };
  /** Rows are the truth, columns the answers. */
  readonly confusion: { readonly labels: readonly string[]; readonly rows: readonly (readonly number[])[] };
  readonly ece: number;
  readonly unknown: {
    readonly threshold: number;
    readonly coverage: number;
    readonly accuracy: number | null;
    /** Of the answers with the true label taken off the list, the share given as unknown (unknown-threshold.ts) .. */
    readonly negativesRejected: number | null;
    /** .. and how well sureness tells right answers from these; both null for two labels. */
    readonly auroc: number | null;
  };
  readonly mae: null;
  readonly positionErrorM: null;
  /** Accuracy by person or session, where the rows name them. */
  readonly perGroup: Readonly<Record<string, { readonly n: number; readonly accuracy: number }>> | null;
  /** Accuracy with every window moved by so many samples, edge values repeated. */
  readonly shifts: Readonly<Record<string, number>> | null;
  readonly shiftMean: number | null;
  /** Classical methods on the same rows and shifts; null where none were asked for. */
  readonly baselines: readonly BaselineReport[] | null;
  readonly latencyMs: { readonly p50: number; readonly p95: number };
  readonly bundle: string;
}

export interface EvaluationOptions {
  readonly dataset: string;
  readonly split: string | null;
  readonly skipped: number;
  /** Shifts of the window in samples; none when absent. */
  readonly shifts?: readonly number[];
  /** To be scored beside the model. */
  readonly baselines?: readonly Baseline[];
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Intervals are the same at every run. */
export const BOOTSTRAP_SEED = 1;

/** Score rows through the runtime that ships, one window at a time. */
export async function evaluate(
  brain: Brain,
  rows: readonly LabelledRow[],
  options: EvaluationOptions,
): Promise<EvaluationReport> {
  const { labels } = brain.task.spec.answers;
  const latenciesMs: number[] = [];
  const shifts = brain.task.spec.input.kind === 'rate' ? (options.shifts ?? []) : [];
  const total = rows.length * new Set([0, ...shifts]).size; // in place once, whether it is asked for or not
  let done = 0;
  const scoreAll = async (shiftSamples: number): Promise<Scored[]> => {
    const scored: Scored[] = [];
    for (const row of rows) {
      options.signal?.throwIfAborted();
      const startMs = performance.now();
      const probs = await scoreRow(brain, row, shiftSamples);
      latenciesMs.push(performance.now() - startMs);
      scored.push({ truth: labels.indexOf(row.label), probs });
      options.onProgress?.(++done, total);
    }
    return scored;
  };

  const scored = await scoreAll(0);
  const byShift: Record<string, number> = {};
  for (const shift of shifts) {
    byShift[shift] = accuracy(confusionMatrix(shift === 0 ? scored : await scoreAll(shift), labels.length));
  }
  latenciesMs.sort((a, b) => a - b);
  const confusion = confusionMatrix(scored, labels.length);
  const groups = groupsOf(rows);
  const shiftValues = Object.values(byShift);
  return {
    dataset: options.dataset,
    split: options.split,
    n: rows.length,
    skipped: options.skipped,
    accuracy: accuracy(confusion),
    macroF1: macroF1(confusion),
    ci95: bootstrap95(scored, labels.length, RandomStream.seeded(BOOTSTRAP_SEED), groups),
    confusion: { labels, rows: confusion },
    ece: expectedCalibrationError(scored),
    unknown: atThreshold(scored, brain.task.unknownThreshold),
    mae: null,
    positionErrorM: null,
    perGroup: groups ? perGroup(scored, groups) : null,
    shifts: shiftValues.length > 0 ? byShift : null,
    shiftMean: shiftValues.length > 0 ? shiftValues.reduce((a, b) => a + b, 0) / shiftValues.length : null,
    baselines: options.baselines
      ? compareBaselines(options.baselines, {
          spec: brain.task.spec,
          rows,
          shifts,
          scored,
          groups,
          bootstrapSeed: BOOTSTRAP_SEED,
        })
      : null,
    latencyMs: { p50: quantile(latenciesMs, 0.5), p95: quantile(latenciesMs, 0.95) },
    bundle: brain.bundleHash,
  };
}

/** The answer to a row, by label index. */
export async function scoreRow(brain: Brain, row: LabelledRow, shiftSamples = 0): Promise<number[]> {
  const { spec } = brain.task;
  const { probs } = await answer(brain, row.recording.board, rowWindow(spec, row, shiftSamples));
  return spec.answers.labels.map((label) => probs[label]!);
}

function atThreshold(scored: readonly Scored[], threshold: number): EvaluationReport['unknown'] {
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
  scored: readonly Scored[],
  groups: readonly string[],
): NonNullable<EvaluationReport['perGroup']> {
  const result: Record<string, { n: number; accuracy: number }> = {};
  for (const group of new Set(groups)) {
    const own = scored.filter((_, i) => groups[i] === group);
    const right = own.filter(({ truth, probs }) => argMax(probs) === truth).length;
    result[group] = { n: own.length, accuracy: right / own.length };
  }
  return result;
}
