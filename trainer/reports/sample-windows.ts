import type { Row } from '../../protocols/window.ts';
import { argMax, type Scored } from '../metrics.ts';

/** A test window as the model saw it, with what it answered. */
export interface SampleWindow extends Scored {
  readonly id: string;
  /** What the model read: (steps, channels). */
  readonly rows: readonly Row[];
  /** What was measured: seconds from the window's start, and values by channel of the task. */
  readonly measured: {
    readonly timesS: readonly number[];
    readonly channels: readonly (readonly number[])[];
  };
  /** The prompt, each token as text. */
  readonly tokens: readonly string[];
}

const SAMPLES = 6;
/** The others show what is easy. */
const MOST_WRONG = 4;

/**
 * Which rows to show: wrong answers first, of each confusion in turn, the surest before others; then right ones, of each
 * label in turn, the surest last. Fewer than four wrong leave more room for right ones, and the other way round.
 *
 * @returns indices into `scored`
 */
export function chooseSamples(scored: readonly Scored[]): number[] {
  const sureness = (i: number): number => scored[i]!.probs[argMax(scored[i]!.probs)]!;
  const isWrong = (i: number): boolean => argMax(scored[i]!.probs) !== scored[i]!.truth;
  const all = [...scored.keys()];
  const wrong = inTurns(
    all.filter(isWrong).sort((a, b) => sureness(b) - sureness(a)),
    (i) => `${scored[i]!.truth} as ${argMax(scored[i]!.probs)}`,
  );
  const right = inTurns(
    all.filter((i) => !isWrong(i)).sort((a, b) => sureness(a) - sureness(b)),
    (i) => `${scored[i]!.truth}`,
  );
  const shownWrong = Math.max(MOST_WRONG, SAMPLES - right.length);
  const chosen = wrong.slice(0, shownWrong);
  return [...chosen, ...right.slice(0, SAMPLES - chosen.length)];
}

/** The first of every kind, then the second of every kind, and so on. */
function inTurns<T>(items: readonly T[], kindOf: (item: T) => string): T[] {
  const seen = new Map<string, number>();
  const turn = new Map(
    items.map((item) => {
      const before = seen.get(kindOf(item)) ?? 0;
      seen.set(kindOf(item), before + 1);
      return [item, before];
    }),
  );
  return items.toSorted((a, b) => turn.get(a)! - turn.get(b)!);
}
