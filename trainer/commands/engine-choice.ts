import { usageError } from '../../protocols/errors.ts';
import type { Engine } from '../engines/engine.ts';

/** Loads an engine by its name on the command line. */
export async function engineOf(name: 'onnx' | 'torch'): Promise<Engine> {
  if (name === 'onnx') return (await import('../engines/onnx/onnx-engine.ts')).onnxEngine;
  throw usageError('the torch engine is not part of this version', 'train with --engine onnx');
}
