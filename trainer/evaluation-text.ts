import { columns } from '../commandline/columns.ts';
import { type BaselineReport, bestBaseline, type ComparedFigures } from './baselines/compare.ts';
import { leadOf, type NumberBaselineReport } from './baselines/compare-numbers.ts';
import type { EvaluationReport } from './evaluation.ts';
import { type Figures, hasLabels, type LabelFigures, numberFigures } from './figures.ts';
import type { CrossValidation } from './stages/cross-validate.ts';
import { streamText } from './streams/text.ts';

/** So many shifts stand beside each other in 80 columns. */
const SHIFTS_PER_LINE = 11;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The report as a person reads it in a terminal. */
export function evaluationText(report: EvaluationReport): string {
  const { confusion, shifts, shiftMean, latencyMs } = report;
  const lines = [
    `${report.dataset}${report.split === null ? '' : `, ${report.split} split`}: ${report.n} distinct rows` +
      (report.skipped > 0 ? `, ${report.skipped} unreadable` : ''),
    '',
    ...headline(report),
    ...(hasLabels(report) ? sureness(report) : []),
    `  window to answer   p50 ${latencyMs.p50.toFixed(1)} ms, p95 ${latencyMs.p95.toFixed(1)} ms`,
  ];
  if (shifts !== null && shiftMean !== null) lines.push('', shiftTable(shifts, shiftMean));
  if (report.stream) lines.push('', streamText(report.stream));
  if (report.baselines && hasLabels(report)) lines.push('', baselineTable(report, report.baselines));
  if (report.numberBaselines) lines.push('', numberBaselineTable(report, report.numberBaselines));
  if (confusion) lines.push('', confusionTable(confusion));
  return `${lines.join('\n')}\n`;
}

/** The figures on sessions that were never seen, to stand below those of the split. */
export const crossValidationText = (figures: CrossValidation): string => {
  const { folds, groups, n, baselines } = figures;
  const lines = [
    `on sessions never seen, ${folds} models: ${n} rows of ${groups} sessions`,
    '',
    ...headline(figures),
  ];
  if (baselines && hasLabels(figures))
    lines.push('', baselineTable({ ...figures, shiftMean: null }, baselines));
  return `${lines.join('\n')}\n`;
};

/** The figures that apply, one a line. */
const headline = (figures: Figures): string[] => [
  ...(hasLabels(figures) ? labelLines(figures) : []),
  ...numberFigures(figures).map(
    ({ name, value, ci95 }) =>
      `  ${name}   ${errorText(value)}   95 % interval ${ci95.map(errorText).join(' to ')}`,
  ),
];

const labelLines = ({ accuracy, macroF1, ci95 }: LabelFigures): string[] => [
  `  accuracy   ${percent(accuracy)}   95 % interval ${ci95.accuracy.map(percent).join(' to ')}`,
  `  macro-F1   ${percent(macroF1)}   95 % interval ${ci95.macroF1.map(percent).join(' to ')}`,
];

const sureness = ({ ece, unknown }: LabelFigures<EvaluationReport>): string[] => [
  `  calibration error (ECE)   ${percent(ece)}`,
  `  unknown below ${unknown.threshold.toFixed(2)}   answered ${percent(unknown.coverage)}` +
    (unknown.accuracy === null ? '' : `, right ${percent(unknown.accuracy)} of those`),
];

/** `accuracy 97.1 %`, `error of breathingRate 0.31`: the figures that apply, in a line. */
export const headlineText = (figures: Figures): string =>
  [
    ...(hasLabels(figures) ? [`accuracy ${percent(figures.accuracy)}`] : []),
    ...numberFigures(figures).map(({ name, value }) => `${name} ${errorText(value)}`),
  ].join(', ');

const errorText = (value: number): string => value.toPrecision(3);

/** Shifts above, the accuracy at each below, in percent. */
function shiftTable(shifts: NonNullable<EvaluationReport['shifts']>, mean: number): string {
  const cells = Object.entries(shifts)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([shift, share]) => [shift, (100 * share).toFixed(1)].map((cell) => cell.padStart(5)));
  const lines = Array.from({ length: Math.ceil(cells.length / SHIFTS_PER_LINE) }, (_, line) =>
    cells.slice(line * SHIFTS_PER_LINE, (line + 1) * SHIFTS_PER_LINE),
  );
  return [
    `  accuracy with the window moved by so many samples, in percent; mean ${(100 * mean).toFixed(1)}`,
    ...lines.map((line) => columns([0, 1].map((row) => line.map((cell) => cell[row]!)))),
  ].join('\n');
}

/** The model and the classical methods, one a line, in percent; the difference is the model's lead in points. */
function baselineTable(report: ComparedFigures, baselines: readonly BaselineReport[]): string {
  const share = (value: number): string => (100 * value).toFixed(1);
  const figures = ({ accuracy, macroF1, ci95, shiftMean }: ComparedFigures): string[] => [
    share(accuracy),
    ci95.accuracy.map(share).join(' to '),
    share(macroF1),
    shiftMean === null ? '' : share(shiftMean),
  ];
  const best = bestBaseline(baselines);
  const rows = [
    [
      '',
      'accuracy',
      '95 %',
      'macro-F1',
      report.shiftMean === null ? '' : 'moved',
      'model leads by',
      'trained in',
    ],
    ['this model', ...figures(report), '', ''],
    ...baselines.map((baseline) => {
      const { value, ci95 } = baseline.modelMinusThis.accuracy;
      const lead = `${share(value)} (${ci95.map(share).join(' to ')})`;
      const name = baseline === best ? `${baseline.name} (best)` : baseline.name;
      return [name, ...figures(baseline), lead, `${(baseline.trainMs / 1000).toFixed(1)} s`];
    }),
  ];
  return columns(rows);
}

/** Truth down, answers across. */
const confusionTable = ({ labels, rows }: NonNullable<Figures['confusion']>): string =>
  columns([['truth', ...labels], ...rows.map((row, i) => [labels[i]!, ...row.map(String)])]);

/** The model and the classical methods, one a line; the difference is of the position, or of the first number. */
function numberBaselineTable(report: EvaluationReport, methods: readonly NumberBaselineReport[]): string {
  const errors = (figures: Figures): string[] =>
    numberFigures(figures).flatMap(({ value, ci95 }) => [errorText(value), ci95.map(errorText).join(' to ')]);
  const names = numberFigures(report).flatMap(({ name }) => [name, '95 %']);
  return columns([
    ['', ...names, 'model less this'],
    ['this model', ...errors(report), ''],
    ...methods.map((method) => {
      const { value, ci95 } = leadOf(method);
      const lead = `${value.toPrecision(2)} (${ci95.map((end) => end.toPrecision(2)).join(' to ')})`;
      return [method.name, ...errors({ ...report, ...method }), lead];
    }),
  ]);
}
