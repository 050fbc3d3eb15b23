import { quantile } from '../fit-quantisers.ts';
import { accuracy, macroF1, macroF1OfDrawn } from '../metrics.ts';
import { type Change, IDLE, type Second, UNKNOWN } from './seconds.ts';

/** What is told of recordings that were scored by the second. Shares are of 1. */
export interface StreamFigures {
  /** Seconds of which the truth is known. */
  readonly seconds: number;
  /** Share of them for which an answer stands, `unknown` too. */
  readonly coverage: number;
  /** Share of these whose answer is right; `unknown` is not. */
  readonly accuracy: number;
  /** Over the task's labels, and `idle` where it waits for a trigger. */
  readonly macroF1: number;
  /** The same answers against what happens in that very second; null where answers are about events. */
  readonly accuracyNow: number | null;
  /** Share of the answers that are `unknown`; null where that counts as `idle`. */
  readonly unknown: number | null;
  /** Seconds; rows are the truth, columns the answers. */
  readonly confusion: {
    readonly labels: readonly string[];
    readonly answers: readonly string[];
    readonly rows: readonly (readonly number[])[];
  };
  /** By person or session, macro-F1 over the labels that occur in it; null where the recordings name none. */
  readonly perGroup: Readonly<
    Record<string, { readonly n: number; readonly accuracy: number; readonly macroF1: number }>
  > | null;
  /** From a change of the truth to the first right answer. */
  readonly latencyS: {
    readonly changes: number;
    /** Changes after which no answer was right while the label lasted. */
    readonly missed: number;
    /** Of the others; null when there are none. */
    readonly p50: number | null;
    readonly p95: number | null;
  };
}

interface Scored {
  readonly recording: { readonly group?: string };
  readonly seconds: readonly Second[];
  readonly changes: readonly Change[];
}

export function streamFigures(
  taskLabels: readonly string[],
  isTriggered: boolean,
  streams: readonly Scored[],
): StreamFigures {
  const labels = isTriggered && !taskLabels.includes(IDLE) ? [...taskLabels, IDLE] : taskLabels;
  const answers = isTriggered ? labels : [...labels, UNKNOWN];
  const known = (seconds: readonly Second[]): Second[] =>
    seconds.filter(({ truth }) => truth !== null && labels.includes(truth));
  const confusionOf = (seconds: readonly Second[]): number[][] => {
    const rows = labels.map(() => answers.map(() => 0));
    for (const { truth, answer } of seconds) {
      if (answer !== null) rows[labels.indexOf(truth!)]![answers.indexOf(answer)]!++;
    }
    return rows;
  };

  const seconds = known(streams.flatMap((stream) => stream.seconds));
  const answered = seconds.filter(({ answer }) => answer !== null);
  const rows = confusionOf(seconds);
  const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);
  const timely = answered.filter(({ now }) => now !== null && labels.includes(now));
  return {
    seconds: seconds.length,
    coverage: share(answered.length, seconds.length),
    accuracy: accuracy(rows),
    macroF1: macroF1(rows),
    accuracyNow: isTriggered
      ? null
      : share(timely.filter(({ now, answer }) => now === answer).length, timely.length),
    unknown: isTriggered
      ? null
      : share(answered.filter(({ answer }) => answer === UNKNOWN).length, answered.length),
    confusion: { labels, answers, rows },
    perGroup: perGroup(streams, (own) => {
      const ownRows = confusionOf(known(own));
      const n = ownRows.flat().reduce((a, b) => a + b, 0);
      return { n, accuracy: accuracy(ownRows), macroF1: macroF1OfDrawn(ownRows) };
    }),
    latencyS: latency(
      streams.flatMap(({ changes }) => changes.filter(({ label }) => labels.includes(label))),
    ),
  };
}

/** Groups in which no second was answered are left out. */
function perGroup(
  streams: readonly Scored[],
  figures: (seconds: readonly Second[]) => { n: number; accuracy: number; macroF1: number },
): StreamFigures['perGroup'] {
  const byGroup = new Map<string, Second[]>();
  for (const { recording, seconds } of streams) {
    if (recording.group === undefined) return null;
    byGroup.set(recording.group, [...(byGroup.get(recording.group) ?? []), ...seconds]);
  }
  const result = [...byGroup].map(([group, seconds]) => [group, figures(seconds)] as const);
  return Object.fromEntries(result.filter(([, { n }]) => n > 0));
}

function latency(changes: readonly Change[]): StreamFigures['latencyS'] {
  const sorted = changes.flatMap(({ latencyS }) => latencyS ?? []).sort((a, b) => a - b);
  const at = (share: number): number | null => (sorted.length > 0 ? quantile(sorted, share) : null);
  return {
    changes: changes.length,
    missed: changes.length - sorted.length,
    p50: at(0.5),
    p95: at(0.95),
  };
}
