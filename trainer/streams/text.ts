import type { StreamReport } from '../stream-evaluation.ts';

/** Recordings by the second, as a person reads it in a terminal. */
export function streamText(report: StreamReport): string {
  const {
    recordings,
    leftOut,
    seconds,
    coverage,
    accuracy,
    macroF1,
    accuracyNow,
    unknown,
    latencyS,
    episodes,
  } = report;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const { changes, missed, p50, p95 } = latencyS;
  return [
    `  live, ${recordings} ${recordings === 1 ? 'recording' : 'recordings'}, ${seconds} seconds` +
      (leftOut > 0 ? ` (${leftOut} left out: only partly of this split)` : ''),
    ...(unknown === null
      ? []
      : [`    answered          ${percent(coverage)}, ${percent(unknown)} of it with unknown`]),
    `    right             ${percent(accuracy)}   macro-F1 ${percent(macroF1)}`,
    ...(accuracyNow === null ? [] : [`    right this second ${percent(accuracyNow)}`]),
    ...(p50 === null || p95 === null
      ? []
      : [
          `    after a change    p50 ${p50.toFixed(1)} s, p95 ${p95.toFixed(1)} s to a right answer; ${missed} of ${changes} missed`,
        ]),
    ...(episodes === undefined
      ? []
      : [
          `    episodes          ${episodes.right} of ${episodes.truth} told, and ${episodes.told - episodes.right} that were none`,
        ]),
  ].join('\n');
}
