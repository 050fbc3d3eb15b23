import { RandomStream } from '../../model/random.ts';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { GptShape } from '../../model/shape.ts';
import { median } from './quantiles.ts';
import { type Effort, repeat, type Watcher } from './repeat.ts';

/** How many tokens are read and written to measure it. */
export interface TextLength {
  readonly promptTokens: number;
  readonly newTokens: number;
}

const MOST_PROMPT_TOKENS = 256;
const MOST_NEW_TOKENS = 64;

/** Half of the context to read and the rest to write, up to 256 and 64 tokens. */
export function textLength({ context }: Pick<GptShape, 'context'>): TextLength {
  const promptTokens = Math.min(MOST_PROMPT_TOKENS, Math.ceil(context / 2));
  return { promptTokens, newTokens: Math.min(MOST_NEW_TOKENS, context - promptTokens) };
}

/** Tokens per second of a prompt that is read at once: from the call to the first token that follows it. */
export async function prefillTokensPerS(
  runtime: ModelRuntime,
  { vocab, context }: GptShape,
  effort: Effort,
  watcher?: Watcher,
): Promise<number> {
  const { promptTokens } = textLength({ context });
  const read = async (n: number): Promise<number> => {
    const prompt = randomPrompt(promptTokens, vocab, n);
    const startMs = performance.now();
    for await (const _ of runtime.generate(prompt, greedily(1))) break;
    return performance.now() - startMs;
  };
  return (1000 * promptTokens) / median(await repeat(read, effort, watcher));
}

/** Tokens per second that are written one by one after a prompt: from the first of them to the last. */
export async function decodeTokensPerS(
  runtime: ModelRuntime,
  shape: GptShape,
  effort: Effort,
  watcher?: Watcher,
): Promise<number> {
  const { newTokens } = textLength(shape);
  const write = (n: number): Promise<number> => writeText(runtime, shape, n);
  return (1000 * (newTokens - 1)) / median(await repeat(write, effort, watcher));
}

/** Reads the n-th prompt and writes on. @returns milliseconds from the first new token to the last */
export async function writeText(
  runtime: ModelRuntime,
  { vocab, context }: GptShape,
  n: number,
): Promise<number> {
  const { promptTokens, newTokens } = textLength({ context });
  let firstMs: number | undefined;
  for await (const _ of runtime.generate(randomPrompt(promptTokens, vocab, n), greedily(newTokens))) {
    firstMs ??= performance.now();
  }
  return performance.now() - firstMs!;
}

/** Another one every time, from its first token on: what has been read before would be remembered. */
function randomPrompt(tokens: number, vocab: number, n: number): number[] {
  const random = RandomStream.seeded(1).fork('measure', n);
  return Array.from({ length: tokens }, (_, i) => (i === 0 ? n % vocab : random.integer(vocab)));
}

const NO_TOKEN = -1;
const greedily = (maxTokens: number) => ({ maxTokens, temperature: 0, seed: 1, stopToken: NO_TOKEN });
