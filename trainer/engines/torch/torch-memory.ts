import { parameterCount } from '../../../model/shape.ts';
import type { MemoryOf } from '../training-memory.ts';

const FLOAT_BYTES = 4;
const HALF_BYTES = 2;
/** Weights, gradients, Adam's two moments, all float32. */
const ROLES = 4;
/** Bytes a token and feature that a layer keeps in 16 bits with fused attention (Korthikanti et al., 2022, section 4.1). */
const LAYER_BYTES = 34;
/** Bytes a token and row of the vocabulary: logits in 16 bits, then in float32 with their logarithm and gradient. */
const HEAD_BYTES = HALF_BYTES + 3 * FLOAT_BYTES;
/** PyTorch's context on a device, kernels and workspaces. */
const RUNTIME_BYTES = 1e9;

/** Of the torch engine on a GPU, in bfloat16 with float32 weights. By the formulas named; not measured. */
export const torchGpuMemory: MemoryOf = (shape, { context, microBatch }) => {
  const parameters = parameterCount(shape);
  const tokens = microBatch * context;
  return {
    parameters: ROLES * FLOAT_BYTES * parameters,
    // Weights in 16 bits, and the buckets in which processes exchange gradients.
    copies: (HALF_BYTES + FLOAT_BYTES) * parameters,
    activations: tokens * (LAYER_BYTES * shape.layers * shape.width + HEAD_BYTES * shape.vocab),
    runtime: RUNTIME_BYTES,
  };
};
