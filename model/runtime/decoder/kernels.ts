import { encodeWasmModule } from '../../wasm/encoder.ts';
import { allowRelaxedSimd } from '../../wasm/relaxed-simd.ts';
import { addBlockProductFunction, roundBlocksFunction } from './block-kernels.ts';
import {
  addFunction,
  addProductFunction,
  geluFunction,
  normFunction,
  softmaxFunction,
  sumLinesFunction,
} from './float-kernels.ts';

/**
 * y += M x for a rounded x (see below) and two stretches of rows of a matrix in blocks, of equal length: codes, scales, and
 * results of the first and of the second.
 */
type AddBlockProduct = (
  rounded: number,
  scales: number,
  offsets: number,
  /** Four for each block of a row. */
  blocksBytes: number,
  /** Of one block's codes. */
  codesBytes: number,
  /** Of the first stretch. */
  yEnd: number,
  codes: number,
  secondCodes: number,
  codeScales: number,
  secondCodeScales: number,
  y: number,
  secondY: number,
) => void;

/**
 * Rounds a vector of floats to integers of 8 bits (held in 16 for codes of 8), each block by its own greatest magnitude; the
 * integers stand in the order in which codes of this many bits meet them. Writes for each block its scale (float32), and its integers' sum
 * times the code that stands for zero, negated (int32).
 */
type RoundBlocks = (
  x: number,
  /** Of one block's floats. */
  blockBytes: number,
  rounded: number,
  scales: number,
  scalesEnd: number,
  offsets: number,
) => void;

/** What one token needs, over one linear memory. All arguments are addresses, or lengths in bytes. */
export interface Kernels {
  /** y += M x for floats. M has one row of `rowBytes`, a multiple of 64, for each number of y, and at least one. */
  addProduct(x: number, matrix: number, y: number, yEnd: number, rowBytes: number): void;
  /**
   * Each line of 16 numbers of y becomes the sum of a stretch of lines, each times a number of x. There are as many lines in a
   * stretch as numbers from `x` to `xEnd`, and as many stretches as lines from `y` to `yEnd`, `stretchBytes` apart.
   */
  sumLines(x: number, xEnd: number, lines: number, stretchBytes: number, y: number, yEnd: number): void;
  /** y += x. */
  add(y: number, x: number, byteLength: number): void;
  /** Layer normalisation of one row. */
  norm(x: number, gain: number, bias: number, y: number, byteLength: number): void;
  /** In place. */
  gelu(address: number, byteLength: number): void;
  /** Of the numbers times `scale`, in place; what is far below the greatest comes out tiny, not zero. */
  softmax(address: number, byteLength: number, scale: number): void;
  roundBlocks8: RoundBlocks;
  roundBlocks4: RoundBlocks;
  addBlockProduct8: AddBlockProduct;
  addBlockProduct4: AddBlockProduct;
}

/** Compiled in a few milliseconds. */
export function compileKernels(memory: WebAssembly.Memory): Kernels {
  allowRelaxedSimd();
  const functions = [
    addProductFunction(),
    sumLinesFunction(),
    addFunction(),
    normFunction(),
    geluFunction(),
    softmaxFunction(),
    roundBlocksFunction(8),
    roundBlocksFunction(4),
    addBlockProductFunction(8),
    addBlockProductFunction(4),
  ];
  const module = new WebAssembly.Module(encodeWasmModule(functions));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
