import { usageError } from '../../protocols/errors.ts';
import type { Engine, Pretrainer } from '../engines/engine.ts';

export const ENGINE_NAMES = ['onnx', 'torch'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Loads the engine that trains on examples, by its name on the command line. */
export async function engineOf(name: EngineName): Promise<Engine> {
  if (name === 'onnx') return (await import('../engines/onnx/onnx-engine.ts')).onnxEngine;
  throw usageError(
    'the torch engine pre-trains, and does not train on examples',
    'use --engine onnx here; a model that --engine torch has pre-trained is given with --base',
  );
}

/** Loads the engine that pre-trains. @param processes of the torch engine; one for each GPU unless given */
export async function pretrainerOf(name: EngineName, processes?: number): Promise<Pretrainer> {
  if (name === 'torch') {
    const { findTorch } = await import('../engines/torch/find-torch.ts');
    const { torchEngine } = await import('../engines/torch/torch-engine.ts');
    return torchEngine(await findTorch(), processes);
  }
  if (processes === undefined) return engineOf(name);
  throw usageError(
    '--processes is for the torch engine',
    'say --engine torch, or --threads for the onnx engine',
  );
}
