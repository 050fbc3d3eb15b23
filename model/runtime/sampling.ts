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
  const { temperature, topK = logits.length, topP = 1 } = options;
  const best = argMax(logits);
  if (temperature === 0) return best;
  const weights = new Float64Array(logits.length);
  for (let id = 0; id < weights.length; id++) {
    weights[id] = Math.exp((logits[id]! - logits[best]!) / temperature);
  }
  if (topK < weights.length || topP < 1) keepMostProbable(weights, topK, topP);
  return drawIndex(weights, random);
}

/** Sets all weights to 0 but the greatest `topK`, and of those the fewest that reach the share `topP`; at least one. */
function keepMostProbable(weights: Float64Array, topK: number, topP: number): void {
  // A sort of plain numbers takes a tenth of the time of one that compares (id, weight) pairs.
  const ranked = weights.slice().sort().reverse().subarray(0, topK);
  const enough = topP * sum(ranked);
  let count = 0;
  for (let reached = 0; count === 0 || (count < ranked.length && reached < enough); count++) {
    reached += ranked[count]!;
  }
  const least = ranked[count - 1]!;
  let equalsLeft = count - ranked.indexOf(least);
  for (let id = 0; id < weights.length; id++) {
    const isKept = weights[id]! > least || (weights[id] === least && equalsLeft-- > 0);
    if (!isKept) weights[id] = 0;
  }
}

/** An index with probability proportional to its weight. */
function drawIndex(weights: Float64Array, random: RandomStream): number {
  let left = random.uniform() * sum(weights);
  let lastPossible = 0; // rounding may leave a crumb after all weights
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    left -= weights[i]!;
    if (left < 0) return i;
    lastPossible = i;
  }
  return lastPossible;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
