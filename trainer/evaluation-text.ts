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
  return `${[...lines, '', confusionTable(confusion)].join('\n')}\n`;
}

/** Truth down, answers across. */
export function confusionTable({ labels, rows }: EvaluationReport['confusion']): string {
  const width = Math.max(...labels.map((label) => label.length), 5);
  const line = (cells: readonly (string | number)[]) =>
    `  ${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(width) : String(cell).padStart(width))).join('  ')}`;
  return [line(['truth', ...labels]), ...rows.map((row, i) => line([labels[i]!, ...row]))].join('\n');
}
