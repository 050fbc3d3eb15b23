import type { BaselineReport } from './baselines/compare.ts';
import type { EvaluationReport } from './evaluation.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The report as a person reads it in a terminal. */
export function evaluationText(report: EvaluationReport): string {
  const { accuracy, macroF1, ci95, confusion, unknown, shifts, shiftMean, latencyMs } = report;
  const lines = [
    `${report.dataset}${report.split === null ? '' : `, ${report.split} split`}: ${report.n} distinct rows` +
      (report.skipped > 0 ? `, ${report.skipped} unreadable` : ''),
    '',
    `  accuracy   ${percent(accuracy)}   95 % interval ${ci95.accuracy.map(percent).join(' to ')}`,
    `  macro-F1   ${percent(macroF1)}   95 % interval ${ci95.macroF1.map(percent).join(' to ')}`,
    `  calibration error (ECE)   ${percent(report.ece)}`,
    `  unknown below ${unknown.threshold.toFixed(2)}   answered ${percent(unknown.coverage)}` +
      (unknown.accuracy === null ? '' : `, right ${percent(unknown.accuracy)} of those`),
    `  window to answer   p50 ${latencyMs.p50.toFixed(1)} ms, p95 ${latencyMs.p95.toFixed(1)} ms`,
  ];
  if (shifts !== null && shiftMean !== null) {
    const each = Object.entries(shifts)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([shift, share]) => `${shift}: ${(100 * share).toFixed(1)}`);
    lines.push(`  window moved by samples   ${each.join('  ')}   mean ${percent(shiftMean)}`);
  }
  if (report.baselines) lines.push('', baselineTable(report, report.baselines));
  return `${[...lines, '', confusionTable(confusion)].join('\n')}\n`;
}

/** The model and the classical methods, one a line, in percent; the difference is the model's lead in points. */
function baselineTable(report: EvaluationReport, baselines: readonly BaselineReport[]): string {
  const share = (value: number): string => (100 * value).toFixed(1);
  const figures = ({ accuracy, macroF1, ci95, shiftMean }: EvaluationReport | BaselineReport): string[] => [
    share(accuracy),
    ci95.accuracy.map(share).join(' to '),
    share(macroF1),
    shiftMean === null ? '' : share(shiftMean),
  ];
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
      return [baseline.name, ...figures(baseline), lead, `${(baseline.trainMs / 1000).toFixed(1)} s`];
    }),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))))
    .map((cells) => `  ${cells.join('  ')}`.trimEnd())
    .join('\n');
}

/** Truth down, answers across. */
export function confusionTable({ labels, rows }: EvaluationReport['confusion']): string {
  const width = Math.max(...labels.map((label) => label.length), 5);
  const line = (cells: readonly (string | number)[]) =>
    `  ${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(width) : String(cell).padStart(width))).join('  ')}`;
  return [line(['truth', ...labels]), ...rows.map((row, i) => line([labels[i]!, ...row]))].join('\n');
}
