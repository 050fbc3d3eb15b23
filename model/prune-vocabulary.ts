import type { GptShape } from './shape.ts';
import { TOKEN_TABLE } from './token-table.ts';
import { type GptWeights, weightOf } from './weights.ts';

export interface PrunedVocabulary {
  readonly shape: GptShape;
  readonly weights: GptWeights;
  /** The new id of every kept one; ids keep their order. */
  readonly map: ReadonlyMap<number, number>;
}

/**
 * The model without the rows of its token table that a task never reads or writes: nothing else depends on them, so the
 * scores of the kept tokens do not change. `keepIds` in any order, repeats allowed.
 */
export function pruneVocabulary(
  shape: GptShape,
  weights: GptWeights,
  keepIds: Iterable<number>,
): PrunedVocabulary {
  const kept = [...new Set(keepIds)].sort((a, b) => a - b);
  const stranger = kept.find((id) => !Number.isInteger(id) || id < 0 || id >= shape.vocab);
  if (stranger !== undefined) throw new RangeError(`${stranger} is no id of a vocabulary of ${shape.vocab}`);
  if (kept.length === 0) throw new RangeError('a model without any token is no model');
  const { width } = shape;
  const table = weightOf(weights, TOKEN_TABLE);
  const rows = new Float32Array(kept.length * width);
  for (const [row, id] of kept.entries()) rows.set(table.subarray(id * width, (id + 1) * width), row * width);
  return {
    shape: { ...shape, vocab: kept.length },
    weights: new Map(weights).set(TOKEN_TABLE, rows),
    map: new Map(kept.map((id, row) => [id, row])),
  };
}
