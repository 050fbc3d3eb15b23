import { startNodeLlamaCpp } from './node-llama-cpp.ts';

/** What we use of the binding to llama.cpp under node-llama-cpp 3. */
export interface Addon {
  readonly AddonModel: new (path: string, options: Readonly<Record<string, unknown>>) => AddonModel;
  readonly AddonContext: new (model: AddonModel, options: Readonly<Record<string, unknown>>) => AddonContext;
  readonly AddonSampler: new (model: AddonModel) => AddonSampler;
}

export interface AddonModel {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
}

export interface AddonContext {
  init(): Promise<boolean>;
  initBatch(tokens: number): void;
  /** @returns the rows of the batch whose logits were asked for */
  addToBatch(sequence: number, from: number, tokens: Uint32Array, logits: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(row: number, sampler: AddonSampler): Promise<number>;
  removeTokenCellsFromSequence(sequence: number, from: number, to: number): boolean;
  dispose(): Promise<void>;
}

export interface AddonSampler {
  applyConfig(config: { readonly temperature: number }): void;
  dispose(): void;
}

let loaded: Promise<{ readonly _bindings: Addon }> | undefined;

/** Once in a process: it chooses the kernels of this processor. */
export async function loadAddon(): Promise<Addon> {
  loaded ??= startNodeLlamaCpp();
  return (await loaded)._bindings;
}
