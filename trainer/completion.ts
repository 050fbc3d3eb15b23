import type { GenerationOptions } from '../model/runtime/generator.ts';
import type { ModelRuntime } from '../model/runtime/runtime.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';

/** What a model made of a prompt. */
export interface Completion {
  readonly prompt: string;
  readonly completion: string;
  readonly tokens: readonly number[];
}

/** How long it took, as a person sees it. */
export interface CompletionTimes {
  /** Until the first token was there: the prompt had to be read. Of no tokens, until the end. */
  readonly firstTokenMs: number;
  /** From the first token to the last. */
  readonly restMs: number;
}

export interface CompletionRequest {
  readonly prompt: string;
  readonly options: Omit<GenerationOptions, 'stopToken'>;
  /** Gets the text piece by piece, as soon as no further token can change it. */
  readonly show: (piece: string) => void;
  /** When aborted, what there is by then is the completion. */
  readonly signal: AbortSignal;
}

/** Let a model continue a text. Throws `TinyError` as `generate` does. */
export async function complete(
  runtime: ModelRuntime,
  tokenizer: BpeTokenizer,
  { prompt, options, show, signal }: CompletionRequest,
): Promise<Completion & CompletionTimes> {
  const decoder = tokenizer.streamingDecoder();
  const tokens: number[] = [];
  let completion = '';
  const add = (piece: string): void => {
    completion += piece;
    if (piece !== '') show(piece);
  };
  const startMs = performance.now();
  let firstMs: number | undefined;
  let lastMs = startMs;
  const drawn = runtime.generate(tokenizer.encode(prompt), { ...options, stopToken: tokenizer.endOfText });
  for await (const token of drawn) {
    lastMs = performance.now();
    firstMs ??= lastMs;
    tokens.push(token);
    add(decoder.push(token));
    if (signal.aborted) break;
  }
  add(decoder.end());
  firstMs ??= performance.now();
  return {
    prompt,
    completion,
    tokens,
    firstTokenMs: firstMs - startMs,
    restMs: Math.max(0, lastMs - firstMs),
  };
}
