import { availableMemoryBytes } from '../../pipeline/measure/available-memory.ts';
import { configError } from '../../protocols/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { onnxMemory } from '../engines/onnx/onnx-memory.ts';
import { torchGpuMemory } from '../engines/torch/torch-memory.ts';
import { fittingMicroBatch, type MemoryOf, totalBytes } from '../engines/training-memory.ts';
import type { PretrainPlan } from './pretrain-plan.ts';

export const MEMORY_OF: Readonly<Record<Engine['name'], MemoryOf>> = {
  onnx: onnxMemory,
  torch: torchGpuMemory,
};

/**
 * Refuses a plan that this machine has no memory for (`TinyError`, exit 78), and names the micro batch that it has. GPUs are
 * not asked: the torch engine says itself when one is full.
 *
 * @param freeBytes of this machine, if not what is free now
 * @returns what was free; null where the engine has memory of its own
 */
export async function checkMemory(
  { shape, settings }: Pick<PretrainPlan, 'shape' | 'settings'>,
  engine: Engine['name'],
  freeBytes?: number,
): Promise<number | null> {
  if (engine !== 'onnx') return null;
  const free = freeBytes ?? (await availableMemoryBytes());
  const needed = totalBytes(onnxMemory(shape, settings));
  if (needed <= free) return free;
  const fitting = fittingMicroBatch(onnxMemory, shape, settings, free);
  throw configError(
    `pretrain.microBatch: ${settings.microBatch} sequences at once need ${gigabytes(needed)}, and ${gigabytes(free)} are free`,
    fitting === undefined
      ? 'choose a smaller model or a shorter pretrain.context: not even one sequence fits'
      : `set pretrain.microBatch: ${fitting}; the result is the same but for rounding`,
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
