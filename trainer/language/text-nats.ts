import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { GptShape } from '../../model/shape.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';

/** A loaded model of text. */
export interface Reader {
  readonly runtime: ModelRuntime;
  readonly shape: GptShape;
  readonly tokenizer: BpeTokenizer;
}

/** How well a document is foretold. */
export interface TextNats {
  readonly tokens: number;
  /** Summed over them. */
  readonly nats: number;
}

/**
 * Cross entropy of a document's tokens, the mark before it being the first context. A document longer than the model's context is
 * read in windows that overlap by half: each token is foretold once, from half a context of tokens before it at least.
 */
export async function textNats(
  { runtime, shape, tokenizer }: Reader,
  document: string,
  signal: AbortSignal,
): Promise<TextNats> {
  const tokens = [tokenizer.endOfText, ...tokenizer.encode(document)];
  const overlap = Math.max(1, Math.floor(shape.context / 2));
  let nats = 0;
  for (let at = 1; at < tokens.length; ) {
    signal.throwIfAborted();
    const from = at === 1 ? 0 : at - overlap;
    // The last token of a window is not read: it need not have a place in the context.
    const to = Math.min(tokens.length, from + shape.context + 1);
    const [likelihood] = await runtime.likelihoods(tokens.slice(from, at), [tokens.slice(at, to)]);
    for (const own of likelihood!.nats) nats += own;
    at = to;
  }
  return { tokens: tokens.length - 1, nats };
}
