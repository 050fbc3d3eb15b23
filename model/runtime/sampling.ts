import type { RandomStream } from '../random.ts';

export interface SamplingOptions {
  /** 0 takes the most probable token every time (greedy). */
  readonly temperature: number;
  /** Only the so many most probable tokens (Fan et al., 2018); all when absent. */
  readonly topK?: number;
  /** Only the most probable tokens that together reach this probability (Holtzman et al., 2020). */
  readonly topP?: number;
}

/**
 * Choose the next token from logits (vocab). With both limits, `topP` is a share of what `topK` has left.
 * Of equal logits the lower id counts as the more probable.
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: RandomStream): number {
  const best = argMax(logits);
  if (options.temperature === 0) return best;
  const weightOf = (logit: number): number => Math.exp((logit - logits[best]!) / options.temperature);
  const kept = mostProbable(logits, howMany(logits, options, weightOf));
  const weights = Float64Array.from(kept, (id) => weightOf(logits[id]!));
  return kept[drawIndex(weights, random)]!;
}

/** How many of the most probable tokens are drawn from; at least one. */
function howMany(
  logits: Float32Array,
  { topK = logits.length, topP = 1 }: SamplingOptions,
  weightOf: (logit: number) => number,
): number {
  const most = Math.min(topK, logits.length);
  if (topP >= 1) return most;
  const weights = Float64Array.from(descending(logits).subarray(0, most), weightOf);
  const enough = topP * sum(weights);
  let count = 0;
  for (let reached = 0; count < most && (count === 0 || reached < enough); count++)
    reached += weights[count]!;
  return count;
}

/** The ids of the `count` greatest logits, in order of id. */
function mostProbable(logits: Float32Array, count: number): Uint32Array {
  const ids = Uint32Array.from(logits.keys());
  if (count >= logits.length) return ids;
  const last = descending(logits)[count - 1]!;
  let equals = count - logits.reduce((above, logit) => above + (logit > last ? 1 : 0), 0);
  return ids.filter((id) => logits[id]! > last || (logits[id] === last && equals-- > 0));
}

/** A sort of plain numbers takes a tenth of the time of one that compares (id, weight) pairs. */
const descending = (logits: Float32Array): Float32Array => logits.slice().sort().reverse();

/** An index with probability proportional to its weight. */
function drawIndex(weights: Float64Array, random: RandomStream): number {
  let left = random.uniform() * sum(weights);
  for (const [i, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
