import {
  type Addon,
  type AddonContext,
  type AddonModel,
  type AddonSampler,
  loadAddon,
} from './llama-addon.ts';

/** How a model is served. */
export interface ServingOptions {
  readonly threads: number;
  readonly flashAttention: boolean;
  /** At most so many tokens of each sequence .. */
  readonly contextTokens: number;
  /** .. and so many in one batch. */
  readonly batchTokens: number;
  readonly sequences?: number;
}

/** Tokens that continue a sequence. */
export interface Continuation {
  readonly sequence: number;
  /** The position of the first. */
  readonly from: number;
  readonly tokens: readonly number[];
  /** Whether the most probable token after them is wanted. */
  readonly next: boolean;
}

/**
 * A model in llama.cpp whose sequences keep their keys and values between calls, to be measured.
 *
 * It calls the binding to the library itself: what the queue of node-llama-cpp adds to a call is not llama.cpp's. (The
 * binding is private to that package; its lockfile pins the version.)
 */
export class LlamaServer {
  readonly #model: AddonModel;
  readonly #context: AddonContext;
  readonly #sampler: AddonSampler;

  private constructor(model: AddonModel, context: AddonContext, sampler: AddonSampler) {
    this.#model = model;
    this.#context = context;
    this.#sampler = sampler;
  }

  /** Keys and values are kept as float16, which is what llama.cpp does unless it is told otherwise. */
  static async load(path: string, options: ServingOptions): Promise<LlamaServer> {
    const addon = await loadAddon();
    const model = await loadedModel(addon, path);
    const { threads, flashAttention, contextTokens, batchTokens, sequences = 1 } = options;
    const context = new addon.AddonContext(model, {
      contextSize: contextTokens * sequences,
      batchSize: batchTokens,
      sequences,
      flashAttention,
      threads,
    });
    if (!(await context.init())) throw new Error(`llama.cpp has no room for ${path}`);
    const sampler = new addon.AddonSampler(model);
    sampler.applyConfig({ temperature: 0 });
    return new LlamaServer(model, context, sampler);
  }

  /** Reads all of these in one batch. @returns the most probable next token of each that asks for it, in their order */
  async read(continuations: readonly Continuation[]): Promise<number[]> {
    const context = this.#context;
    context.initBatch(continuations.reduce((sum, { tokens }) => sum + tokens.length, 0));
    const wanted = continuations.flatMap(({ sequence, from, tokens, next }) => [
      ...context.addToBatch(
        sequence,
        from,
        Uint32Array.from(tokens),
        Uint32Array.from(next ? [tokens.length - 1] : []),
      ),
    ]);
    await context.decodeBatch();
    const nexts: number[] = [];
    for (const row of wanted) nexts.push(await context.sampleToken(row, this.#sampler));
    return nexts;
  }

  /** Forgets a sequence's tokens from a position on. */
  forget(sequence: number, from: number): void {
    this.#context.removeTokenCellsFromSequence(sequence, from, -1);
  }

  async close(): Promise<void> {
    this.#sampler.dispose();
    await this.#context.dispose();
    await this.#model.dispose();
  }
}

async function loadedModel(addon: Addon, path: string): Promise<AddonModel> {
  const model = new addon.AddonModel(path, { addonExports: addon, gpuLayers: 0, useMmap: true });
  if (!(await model.init())) throw new Error(`llama.cpp cannot load ${path}`);
  return model;
}
