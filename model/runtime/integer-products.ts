import { readFileSync } from 'node:fs';

/** Linux's names of x86's instructions that sum 8-bit products in 32 bits. */
const VNNI = /\bavx(512)?_vnni\b/;

/** Can ONNX Runtime's usual integer kernels overflow here? Where that cannot be found out, they are taken to. */
function overflows(): boolean {
  if (process.arch !== 'x64') return false;
  try {
    return !VNNI.test(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    return true;
  }
}

/**
 * Session options with which a quantised model's products are those that it was measured with, on every processor.
 *
 * - x86 without VNNI sums pairs of 8-bit products in 16 bits, which large weights and activations overflow; ONNX Runtime
 *   has other kernels for it. They are not asked for elsewhere: on a processor with VNNI they took 1.6 times as long.
 * - Arm with 8-bit dot products: for 4-bit weights the kernels of KleidiAI round the scales of the blocks to bfloat16 and
 *   the activations of a row by one scale for all its blocks. ONNX Runtime's own keep to the model.
 */
export function exactIntegerProducts(needed = overflows()): { extra?: Record<string, unknown> } {
  if (process.arch === 'arm64') return { extra: { mlas: { disable_kleidiai: '1' } } };
  return needed ? { extra: { session: { x64quantprecision: '1' } } } : {};
}
