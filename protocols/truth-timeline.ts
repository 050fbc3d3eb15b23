import type { LabelSpan } from './recording.ts';

/** [startUs, endUs); without length it is a moment. */
export interface Stretch {
  readonly startUs: number;
  readonly endUs: number;
}

/** Whether a stretch has a part in a label. A moment, as that of a snapshot, lies inside or not. */
export const touches = (span: Stretch, { startUs, endUs }: Stretch): boolean =>
  startUs < span.endUs && (endUs > span.startUs || (startUs === endUs && startUs === span.startUs));

/** How much of a stretch each label covers, in microseconds; labels that have no part in it are left out. */
export function coveredUs(labels: readonly LabelSpan[], stretch: Stretch): Map<string, number> {
  const covered = new Map<string, number>();
  for (const span of labels) {
    if (!touches(span, stretch)) continue;
    const overlapUs = Math.min(stretch.endUs, span.endUs) - Math.max(stretch.startUs, span.startUs);
    covered.set(span.label, (covered.get(span.label) ?? 0) + overlapUs);
  }
  return covered;
}

/** The label that covers most of a stretch, the earlier of two equals; null where none has a part in it. */
export function majorityLabel(labels: readonly LabelSpan[], stretch: Stretch): string | null {
  const covered = coveredUs(labels, stretch);
  let best: string | null = null;
  for (const [label, us] of covered) if (best === null || us > covered.get(best)!) best = label;
  return best;
}
