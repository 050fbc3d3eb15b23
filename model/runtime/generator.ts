import { TinyError } from '../../protocols/errors.ts';
import type { TokenGrammar } from '../grammar/token-grammar.ts';
import { RandomStream } from '../random.ts';
import type { TokenDecoder } from './decoder/token-decoder.ts';
import type { GptSession } from './gpt-session.ts';
import { KvCache } from './kv-cache.ts';
import type { PrefixCache } from './prefix-cache.ts';
import { type SamplingOptions, sampleToken } from './sampling.ts';

export interface GenerationOptions extends SamplingOptions {
  readonly maxTokens: number;
  readonly seed: number;
  /** Generation ends when this token is drawn; it is not returned. */
  readonly stopToken: number;
  /** The whole text matches this pattern (grammar/pattern-parser.ts), however few tokens there are. */
  readonly pattern?: string;
}

/** Called by each generation of more than one token; all get the same decoder. */
export type LoadDecoder = () => Promise<TokenDecoder>;

/** What a generation may have beside the model. */
export interface GenerationAids {
  /** Of the options' pattern. */
  readonly grammar?: TokenGrammar | undefined;
  /** Prompts that were read before. */
  readonly prefixes?: PrefixCache | undefined;
  /** What reads the tokens that were drawn; the session does where there is none. */
  readonly loadDecoder?: LoadDecoder | undefined;
}

/**
 * Where no more tokens than this may come next, only their rows of the head are computed: less work than for GPT-2's whole
 * vocabulary, though picking a row costs more than scoring one in passing.
 */
const MOST_HEAD_ROWS = 1024;

/**
 * Continue a prompt token by token, greedily or by sampling, at the longest until the context is full.
 * The prompt has at least one token. Throws `TinyError` when it is longer than the context, or when no text of the grammar
 * is as short as the tokens that may be drawn.
 */
export async function* generate(
  session: GptSession,
  prompt: readonly number[],
  options: GenerationOptions,
  { grammar, prefixes, loadDecoder }: GenerationAids = {},
): AsyncGenerator<number> {
  const { stopToken } = options;
  const room = session.shape.context - prompt.length + 1; // the last token is not read
  const mostTokens = Math.min(options.maxTokens, Math.max(1, room));
  if (grammar) requireRoom(grammar, mostTokens);
  const random = RandomStream.seeded(options.seed).fork('generate');
  const cache = prefixes?.take(prompt) ?? new KvCache(session.shape);
  try {
    const read = textReader(session, cache, loadDecoder);
    let ids: readonly number[] = prompt.slice(cache.tokens);
    let state = grammar?.start ?? 0;
    for (let left = mostTokens; left > 0; left--) {
      const allowed = grammar?.allowed(state, left);
      if (allowed?.size === 1 && allowed.has(stopToken)) return;
      const few = allowed && allowed.size <= MOST_HEAD_ROWS ? allowed.tokens() : undefined;
      const logits = await read(ids, few ?? 'full');
      if (!few) allowed?.applyTo(logits);
      const drawn = sampleToken(logits, options, random);
      const token = few ? few[drawn]! : drawn;
      if (token === stopToken) return;
      yield token;
      if (grammar) state = grammar.after(state, token);
      ids = [token];
    }
  } finally {
    prefixes?.keep(prompt, cache);
  }
}

/** @returns reads the prompt first, then each token that was drawn, and gives the scores of these rows of the head */
function textReader(session: GptSession, cache: KvCache, loadDecoder: LoadDecoder | undefined) {
  let isPromptRead = false;
  let decoder: TokenDecoder | undefined;
  return async (ids: readonly number[], head: readonly number[] | 'full'): Promise<Float32Array> => {
    if (!isPromptRead || !loadDecoder) {
      isPromptRead = true;
      return session.step(cache, { ids, rows: [ids.length - 1], head });
    }
    if (!decoder) {
      decoder = await loadDecoder();
      decoder.start(cache);
    }
    return decoder.next(ids[0]!, head);
  };
}

function requireRoom(grammar: TokenGrammar, mostTokens: number): void {
  if (grammar.isWithin(grammar.start, mostTokens)) return;
  throw new TinyError(
    `the shortest text of the pattern has ${grammar.fewestTokens(grammar.start)} tokens, but ${mostTokens} may be drawn`,
    'allow more tokens (--max-tokens, a shorter prompt), or a shorter text',
  );
}
