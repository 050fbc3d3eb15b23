import { configError } from '../protocols/errors.ts';

/** Everything that fixes the architecture of one GPT-2 (Radford et al., 2019; tied head, pre-LN, tanh GELU). */
export interface GptShape {
  readonly layers: number;
  /** Features of the residual stream, `n_embd`. */
  readonly width: number;
  readonly heads: number;
  /** Positions the model knows, `n_positions`. */
  readonly context: number;
  /** Rows of the token table, `n_vocab`. */
  readonly vocab: number;
}

const GPT2_VOCAB = 50257;
const GPT2_CONTEXT = 1024;
const FEATURES_PER_HEAD = 64;

/** Widths are a multiple of this, so that the smallest quantisation block divides every row. */
export const WIDTH_MULTIPLE = 32;

/** One dial: `depth` layers of `depth` heads of 64 features. */
export const presetShape = (depth: number): GptShape => ({
  layers: depth,
  width: FEATURES_PER_HEAD * depth,
  heads: depth,
  context: GPT2_CONTEXT,
  vocab: GPT2_VOCAB,
});

/** The presets by their parameter count in millions. */
export const PRESETS = {
  '30M': presetShape(6),
  '51M': presetShape(8),
  '82M': presetShape(10),
  '101M': presetShape(11),
  '124M': presetShape(12),
} as const satisfies Record<string, GptShape>;

/** Learnt numbers, the tied head counted once. */
export function parameterCount({ layers, width, context, vocab }: GptShape): number {
  const attention = 4 * width * width + 4 * width;
  const mlp = 8 * width * width + 5 * width;
  const norms = 4 * width;
  return (vocab + context) * width + layers * (attention + mlp + norms) + 2 * width;
}

/** Refuses a shape that the graph, the quantiser or a loader of GPT-2 files could not take. Exit status 78. */
export function checkShape(shape: GptShape): GptShape {
  for (const name of ['layers', 'width', 'heads', 'context', 'vocab'] as const) {
    if (!Number.isSafeInteger(shape[name]) || shape[name] < 1) {
      throw configError(`${name} is ${shape[name]}`, `give ${name} as a whole number of at least 1`);
    }
  }
  if (shape.width % WIDTH_MULTIPLE !== 0) {
    throw configError(
      `width ${shape.width} is not a multiple of ${WIDTH_MULTIPLE}`,
      `use ${Math.ceil(shape.width / WIDTH_MULTIPLE) * WIDTH_MULTIPLE}`,
    );
  }
  if (shape.width % shape.heads !== 0) {
    throw configError(
      `${shape.heads} heads do not divide width ${shape.width}`,
      `use ${largestDivisor(shape.width, shape.heads)} heads`,
    );
  }
  return shape;
}

function largestDivisor(n: number, atMost: number): number {
  let divisor = Math.min(n, atMost);
  while (n % divisor !== 0) divisor--;
  return divisor;
}
