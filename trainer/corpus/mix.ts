import { TinyError } from '../../protocols/errors.ts';

/** A source's part in a mixture. */
export interface MixedSource {
  readonly name: string;
  /** Tokens there are. */
  readonly tokens: number;
  /** Relative to the shares of the others; undefined where the recipe names none. */
  readonly share: number | undefined;
}

export interface MixLimits {
  /** Tokens wanted in all. */
  readonly tokens?: number | undefined;
  /** How often a source may be read. */
  readonly repeat: number;
}

/**
 * Tokens to take of each source: so many that their ratio is the one that was asked for and the scarcest is used up, or
 * `limits.tokens` reached. Without shares, all there is. A source of which there is nothing gets nothing, and the ratio is
 * that of the others.
 */
export function tokensToTake(sources: readonly MixedSource[], limits: MixLimits): number[] {
  const present = sources.filter(({ tokens }) => tokens > 0);
  const weight = ({ tokens, share }: MixedSource): number => (tokens === 0 ? 0 : (share ?? tokens));
  const total = present.reduce((sum, source) => sum + weight(source), 0);
  const scarcest = Math.min(
    ...present.map((one) => (one.tokens * repeats(one, limits) * total) / weight(one)),
  );
  const wanted = Math.min(limits.tokens ?? Number.POSITIVE_INFINITY, scarcest);
  return sources.map((source) => (weight(source) === 0 ? 0 : Math.round((wanted * weight(source)) / total)));
}

/** Only a ratio can make it worth to read a source again. */
const repeats = ({ share }: MixedSource, { repeat }: MixLimits): number => (share === undefined ? 1 : repeat);

/**
 * Throws `TinyError` when nothing is left of a source that the training split should have.
 *
 * @param removed documents of every source that were left out, by reason
 */
export function requireAll(
  sources: readonly MixedSource[],
  removed: readonly Readonly<Record<string, number>>[],
): void {
  const missing = sources.findIndex(({ tokens }) => tokens === 0);
  if (missing < 0) return;
  const counts = Object.entries(removed[missing]!).map(([reason, count]) => `${count} x ${reason}`);
  throw new TinyError(
    `source ${sources[missing]!.name} has no document left for the training split${counts.length > 0 ? `; left out: ${counts.join(', ')}` : ''}`,
    counts.length > 0
      ? 'loosen its filters, mend what cannot be read, or take it out of the recipe'
      : 'all it has is in the validation split: lower corpus.validation, or give it more documents',
  );
}

/** Which source is next: the one that is furthest behind its target; undefined when all have reached theirs. */
export function nextSource(written: readonly number[], targets: readonly number[]): number | undefined {
  let best: number | undefined;
  let least = 1;
  for (const [i, target] of targets.entries()) {
    const progress = target === 0 ? 1 : written[i]! / target;
    if (progress < least) {
      least = progress;
      best = i;
    }
  }
  return best;
}
