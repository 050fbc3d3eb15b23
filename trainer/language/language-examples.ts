import type { LanguageExample } from '../../model/language-golden.ts';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { TinyError } from '../../protocols/errors.ts';

const MOST_TOKENS = 16;
/** The end of a text is a token like others here. */
const NEVER = -1;

/** What one variant says to a prompt. */
export type Continuation = LanguageExample['variants'][string];

/**
 * The most probable continuation of each prompt, as long as each of its tokens is the most probable one for whoever reads it too;
 * where they are close, what writes (TokenDecoder) and what reads (the serving graph) may differ.
 */
export async function continuationsOf(
  runtime: ModelRuntime,
  tokenizer: BpeTokenizer,
  prompts: readonly string[],
): Promise<Map<string, Continuation>> {
  const continuations = new Map<string, Continuation>();
  for (const prompt of prompts) {
    const tokens = tokenizer.encode(prompt);
    const drawn: number[] = [];
    const greedily = { maxTokens: MOST_TOKENS, temperature: 0, seed: 1, stopToken: NEVER };
    for await (const token of runtime.generate(tokens, greedily)) drawn.push(token);
    const [likelihood] = await runtime.likelihoods(tokens, [drawn]);
    const { nats, leastNats } = likelihood!;
    const doubtful = nats.findIndex((own, i) => own > leastNats[i]!);
    const sure = nats.subarray(0, doubtful < 0 ? drawn.length : doubtful);
    if (sure.length === 0) continue;
    const mean = sure.reduce((sum, own) => sum + own, 0) / sure.length;
    continuations.set(prompt, { continuation: drawn.slice(0, sure.length), nats: mean });
  }
  return continuations;
}

/** The prompts to which all variants have something to say. Throws `TinyError` where there is none. */
export function languageExamples(
  tokenizer: BpeTokenizer,
  prompts: readonly string[],
  variants: ReadonlyMap<string, ReadonlyMap<string, Continuation>>,
): LanguageExample[] {
  const examples = prompts.flatMap((prompt): LanguageExample[] => {
    const said = [...variants].map(
      ([variant, continuations]) => [variant, continuations.get(prompt)] as const,
    );
    if (said.some(([, continuation]) => continuation === undefined)) return [];
    const continued = Object.fromEntries(said) as LanguageExample['variants'];
    return [{ prompt, tokens: tokenizer.encode(prompt), variants: continued }];
  });
  if (examples.length > 0) return examples;
  throw new TinyError(
    'no prompt has a continuation that is beyond doubt, so nothing could be verified on another machine',
    'name other beginnings of texts in the recipe: pretrain.samples.prompts',
  );
}
