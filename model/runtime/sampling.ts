import type { RandomStream } from '../random.ts';
import { clearBelow, cutAt, indicesAbove } from './selection.ts';

export interface SamplingOptions {
  /** 0 takes the most probable token every time (greedy). */
  readonly temperature: number;
  /** Only the so many most probable tokens (Fan et al., 2018); all when absent. */
  readonly topK?: number;
  /** Only the most probable tokens that together reach this probability (Holtzman et al., 2020). */
  readonly topP?: number;
}

/**
 * Choose the next token from logits (vocab); one of -Infinity is never chosen. With both limits, `topP` is a share of what
 * `topK` has left. Of equal logits the lower id counts as the more probable.
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: RandomStream): number {
  const { temperature, topK = logits.length, topP = 1 } = options;
  const best = argMax(logits);
  if (temperature === 0) return best;
  const ids =
    topK < logits.length
      ? indicesAbove(
          logits,
          cutAt(logits, topK, () => 1),
        )
      : undefined;
  const weights = new Float64Array(ids?.length ?? logits.length);
  for (let i = 0; i < weights.length; i++) {
    weights[i] = Math.exp((logits[ids ? ids[i]! : i]! - logits[best]!) / temperature);
  }
  if (topP < 1)
    clearBelow(
      weights,
      cutAt(weights, topP * sum(weights), (weight) => weight),
    );
  const drawn = drawIndex(weights, random);
  return ids ? ids[drawn]! : drawn;
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
