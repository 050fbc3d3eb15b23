import { peakLiveBytes } from '../../../model/onnx/live-bytes.ts';
import { parameterCount } from '../../../model/shape.ts';
import type { MemoryOf } from '../training-memory.ts';
import { trainingNodes } from './training-graph.ts';

const FLOAT_BYTES = 4;
/** Weights, gradients, Adam's two moments (parameters.ts). */
const ROLES = 4;
/** Gradients that ONNX Runtime hands over, the weights to start from, and model and optimizer encoded for a checkpoint: as measured. */
const COPIES = 4;
/** Node.js, the code, ONNX Runtime: as measured. */
const RUNTIME_BYTES = 215e6;

/**
 * Of the onnx engine. Activations follow from the training graph. `COPIES` and `RUNTIME_BYTES` were fitted to peaks of whole
 * trainings with a checkpoint: `npx tsx scripts/training-memory.ts` prints them beside the estimate.
 */
export const onnxMemory: MemoryOf = (shape, { context, batch, microBatch }) => {
  const floats = FLOAT_BYTES * parameterCount(shape);
  const isAccumulated = microBatch < batch;
  const size = { batch: microBatch, tokens: context, positions: context };
  return {
    parameters: (isAccumulated ? ROLES + 1 : ROLES) * floats,
    copies: COPIES * floats,
    activations: peakLiveBytes(trainingNodes(shape, size)),
    runtime: RUNTIME_BYTES,
  };
};
