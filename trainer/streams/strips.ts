import type { Second } from './seconds.ts';

/** One recording as two bands over time, for people to look at. Seconds from its start. */
export interface StreamStrip {
  readonly recording: string;
  readonly group?: string;
  readonly durationS: number;
  /** Share of the answered seconds with a known truth that are right. */
  readonly accuracy: number;
  readonly truth: readonly StripPart[];
  readonly answers: readonly StripPart[];
  /** Stretches in which the answer was not right. */
  readonly wrong: readonly Omit<StripPart, 'label'>[];
}

export interface StripPart {
  readonly fromS: number;
  readonly toS: number;
  readonly label: string;
}

interface Scored {
  readonly recording: { readonly id: string; readonly group?: string };
  readonly seconds: readonly Second[];
}

/** The recording in the middle by accuracy and the worst one: what is usual, and what can go wrong. */
export function chooseStrips(streams: readonly Scored[]): StreamStrip[] {
  const strips = streams
    .filter(({ seconds }) => seconds.some(isJudged))
    .map(stripOf)
    .sort((a, b) => b.accuracy - a.accuracy);
  const middle = strips[Math.floor((strips.length - 1) / 2)];
  const worst = strips.at(-1);
  return [...new Set([middle, worst])].filter((strip) => strip !== undefined);
}

function stripOf({ recording: { id, group }, seconds }: Scored): StreamStrip {
  const judged = seconds.filter(isJudged);
  const right = judged.filter(({ truth, answer }) => truth === answer);
  return {
    recording: id,
    ...(group === undefined ? {} : { group }),
    durationS: seconds.length,
    accuracy: right.length / judged.length,
    truth: partsOf(seconds, ({ now }) => now),
    answers: partsOf(seconds, ({ answer }) => answer),
    wrong: partsOf(seconds, (second) =>
      isJudged(second) && second.answer !== second.truth ? 'wrong' : null,
    ).map(({ fromS, toS }) => ({ fromS, toS })),
  };
}

const isJudged = ({ truth, answer }: Second): boolean => truth !== null && answer !== null;

/** Seconds in a row with the same label as one part; seconds without a label lie in none. */
function partsOf(seconds: readonly Second[], labelOf: (second: Second) => string | null): StripPart[] {
  const parts: StripPart[] = [];
  for (const [i, second] of seconds.entries()) {
    const label = labelOf(second);
    if (label === null) continue;
    const last = parts.at(-1);
    if (last && last.label === label && last.toS === i) parts[parts.length - 1] = { ...last, toS: i + 1 };
    else parts.push({ fromS: i, toS: i + 1, label });
  }
  return parts;
}
