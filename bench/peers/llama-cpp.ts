import { startNodeLlamaCpp } from './node-llama-cpp.ts';

/**
 * llama.cpp as the package node-llama-cpp brings it, on the CPU. Installed apart from TinyLLM's own dependencies, with
 * `npm ci --prefix bench/peers`.
 */
export interface LlamaCpp {
  /** Reads a GGUF file for sequences of at most `contextTokens`. Keys and values are kept as float32. */
  load(
    path: string,
    options: { readonly contextTokens: number; readonly threads: number },
  ): Promise<LlamaModel>;
  close(): Promise<void>;
}

export interface LlamaModel {
  /** Ids of a text, in which special tokens are only text. */
  encode(text: string): number[];
  /** The most probable tokens after `prompt`, one by one; `<|endoftext|>` does not end them. */
  generate(prompt: readonly number[], count: number): Promise<number[]>;
  /** The most probable next token after each token of a sequence that is given whole. */
  nextAfterEach(tokens: readonly number[]): Promise<number[]>;
  close(): Promise<void>;
}

export async function startLlamaCpp(): Promise<LlamaCpp> {
  const llama = await startNodeLlamaCpp<Llama>();
  return {
    load: async (path, { contextTokens, threads }) => {
      const model = await llama.loadModel({ modelPath: path });
      const context = await model.createContext({
        contextSize: contextTokens + 1, // one that is full forgets its start
        batchSize: contextTokens,
        threads,
        flashAttention: false,
        experimentalKvCacheKeyType: 'F32',
        experimentalKvCacheValueType: 'F32',
      });
      return wrapped(model, context.getSequence());
    },
    close: () => llama.dispose(),
  };
}

const wrapped = (model: Model, sequence: Sequence): LlamaModel => ({
  encode: (text) => model.tokenize(text, false),
  generate: async (prompt, count) => {
    await sequence.clearHistory();
    const tokens: number[] = [];
    for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      if (tokens.push(token) === count) break;
    }
    return tokens;
  },
  nextAfterEach: async (tokens) => {
    await sequence.clearHistory();
    const generateNext = { token: true, options: { temperature: 0 } };
    const results = await sequence.controlledEvaluate(tokens.map((token) => [token, { generateNext }]));
    return results.map((result) => result!.next.token!);
  },
  close: () => model.dispose(),
});

/** What we use of node-llama-cpp 3. */
interface Llama {
  loadModel(options: { modelPath: string }): Promise<Model>;
  dispose(): Promise<void>;
}

interface Model {
  tokenize(text: string, specialTokens: boolean): number[];
  createContext(options: Readonly<Record<string, unknown>>): Promise<{ getSequence(): Sequence }>;
  dispose(): Promise<void>;
}

interface Sequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: readonly number[], options: Readonly<Record<string, unknown>>): AsyncIterable<number>;
  controlledEvaluate(
    input: readonly (readonly [token: number, options: object])[],
  ): Promise<({ readonly next: { readonly token?: number } } | undefined)[]>;
}
