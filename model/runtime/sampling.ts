import type { RandomStream } from '../random.ts';

export interface SamplingOptions {
  /** 0 takes the most probable token every time (greedy). */
  readonly temperature: number;
  /** Only the so many most probable tokens; all when absent. */
  readonly topK?: number;
  /** Only the most probable tokens that together reach this probability (Holtzman et al., 2020). */
  readonly topP?: number;
}

/** Choose the next token from logits (vocab). */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: RandomStream): number {
  if (options.temperature === 0) return argMax(logits);
  const max = logits[argMax(logits)]!;
  const candidates = Array.from(logits, (logit, id) => ({
    id,
    weight: Math.exp((logit - max) / options.temperature),
  })).sort((a, b) => b.weight - a.weight || a.id - b.id);
  const kept = nucleus(candidates.slice(0, options.topK ?? candidates.length), options.topP ?? 1);
  let left = random.uniform() * sumWeights(kept);
  for (const { id, weight } of kept) {
    left -= weight;
    if (left < 0) return id;
  }
  return kept.at(-1)!.id;
}

type Candidate = { readonly id: number; readonly weight: number };

const sumWeights = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, c) => sum + c.weight, 0);

/** The shortest beginning of the sorted candidates whose weights reach the share `topP`; at least one. */
function nucleus(sorted: readonly Candidate[], topP: number): readonly Candidate[] {
  if (topP >= 1) return sorted;
  const enough = topP * sumWeights(sorted);
  let reached = 0;
  const end = sorted.findIndex(({ weight }) => {
    reached += weight;
    return reached >= enough;
  });
  return sorted.slice(0, end + 1);
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
