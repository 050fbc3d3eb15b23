import { type BlockBits, zeroCode } from '../../quantize/blocks.ts';
import { type DecoderMemory, FLOAT_BYTES } from './memory.ts';

/** A matrix in the decoder's memory, with a row for each output. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** y += M x. Addresses of float32 x (columns) and y (rows). */
  addProduct(x: number, y: number): void;
  /** The same for these rows only: y (ids). */
  addProductOfRows(x: number, ids: readonly number[], y: number): void;
  /** Writes a row as floats. */
  readRow(row: number, into: Float32Array): void;
}

export class FloatMatrix implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #memory: DecoderMemory;
  readonly #address: number;

  /** @param address of float32 (rows, columns), the columns a multiple of 16 */
  constructor(memory: DecoderMemory, address: number, rows: number, columns: number) {
    this.#memory = memory;
    this.#address = address;
    this.rows = rows;
    this.columns = columns;
  }

  addProduct(x: number, y: number): void {
    const { kernels } = this.#memory;
    kernels.addProduct(x, this.#address, y, y + this.rows * FLOAT_BYTES, this.columns * FLOAT_BYTES);
  }

  addProductOfRows(x: number, ids: readonly number[], y: number): void {
    const { kernels } = this.#memory;
    for (const [i, id] of ids.entries()) {
      const at = y + i * FLOAT_BYTES;
      kernels.addProduct(x, this.#rowAddress(id), at, at + FLOAT_BYTES, this.columns * FLOAT_BYTES);
    }
  }

  readRow(row: number, into: Float32Array): void {
    into.set(this.#memory.floats(this.#rowAddress(row), this.columns));
  }

  #rowAddress(row: number): number {
    return this.#address + row * this.columns * FLOAT_BYTES;
  }
}

/** Where a matrix in blocks lies, as model/quantize/blocks.ts describes it. */
export interface BlocksInMemory {
  readonly bits: BlockBits;
  readonly rows: number;
  readonly columns: number;
  /** Columns in a block. */
  readonly block: number;
  /** Address of uint8 (rows, columns * bits / 8). */
  readonly codes: number;
  /** Address of float32 (rows, columns / block). */
  readonly scales: number;
}

/** The vector that a product is of, rounded: room that all matrices of a decoder share. */
export class RoundedVector {
  readonly integers: number;
  readonly scales: number;
  readonly offsets: number;
  /** One float, for a result that nobody wants. */
  readonly spare: number;

  constructor(memory: DecoderMemory, mostColumns: number) {
    this.integers = memory.allocate(mostColumns * Int16Array.BYTES_PER_ELEMENT);
    this.scales = memory.allocateFloats(mostColumns);
    this.offsets = memory.allocateFloats(mostColumns);
    this.spare = memory.allocateFloats(1);
  }
}

/** x is rounded to 8 bits, each block by its own greatest magnitude, so that the products are of integers. */
export class BlockMatrix implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #memory: DecoderMemory;
  readonly #matrix: BlocksInMemory;
  readonly #rounded: RoundedVector;
  readonly #blocks: number;
  readonly #codesBytes: number;

  constructor(memory: DecoderMemory, matrix: BlocksInMemory, rounded: RoundedVector) {
    this.#memory = memory;
    this.#matrix = matrix;
    this.#rounded = rounded;
    this.rows = matrix.rows;
    this.columns = matrix.columns;
    this.#blocks = matrix.columns / matrix.block;
    this.#codesBytes = (matrix.block * matrix.bits) / 8;
  }

  addProduct(x: number, y: number): void {
    this.#round(x);
    const half = Math.floor(this.rows / 2);
    if (half > 0) this.#addRows(half, [0, half], [y, y + half * FLOAT_BYTES]);
    if (this.rows % 2 === 1) this.#addRow(this.rows - 1, y + (this.rows - 1) * FLOAT_BYTES);
  }

  addProductOfRows(x: number, ids: readonly number[], y: number): void {
    this.#round(x);
    for (const [i, id] of ids.entries()) this.#addRow(id, y + i * FLOAT_BYTES);
  }

  readRow(row: number, into: Float32Array): void {
    const { bits, columns, block, codes, scales } = this.#matrix;
    if (bits !== 8) throw new RangeError(`rows of ${bits} bits are not read`);
    const rowCodes = this.#memory.bytes(codes + row * columns, columns);
    const rowScales = this.#memory.floats(scales + row * this.#blocks * FLOAT_BYTES, this.#blocks);
    for (let i = 0; i < columns; i++) {
      into[i] = (rowCodes[i]! - zeroCode(bits)) * rowScales[Math.floor(i / block)]!;
    }
  }

  #round(x: number): void {
    const { kernels } = this.#memory;
    const { bits, block } = this.#matrix;
    const { integers, scales, offsets } = this.#rounded;
    const round = bits === 8 ? kernels.roundBlocks8 : kernels.roundBlocks4;
    round(x, block * FLOAT_BYTES, integers, scales, scales + this.#blocks * FLOAT_BYTES, offsets);
  }

  #addRow(row: number, y: number): void {
    this.#addRows(1, [row, row], [y, this.#rounded.spare]);
  }

  /** Two stretches of so many rows each: the first row of both, and where their results are. */
  #addRows(count: number, rows: readonly [number, number], y: readonly [number, number]): void {
    const { kernels } = this.#memory;
    const { bits } = this.#matrix;
    const { integers, scales, offsets } = this.#rounded;
    const add = bits === 8 ? kernels.addBlockProduct8 : kernels.addBlockProduct4;
    const blocksBytes = this.#blocks * FLOAT_BYTES;
    add(
      integers,
      scales,
      offsets,
      blocksBytes,
      this.#codesBytes,
      y[0] + count * FLOAT_BYTES,
      this.#codesAt(rows[0]),
      this.#codesAt(rows[1]),
      this.#scalesAt(rows[0]),
      this.#scalesAt(rows[1]),
      y[0],
      y[1],
    );
  }

  #codesAt(row: number): number {
    return this.#matrix.codes + row * this.#blocks * this.#codesBytes;
  }

  #scalesAt(row: number): number {
    return this.#matrix.scales + row * this.#blocks * FLOAT_BYTES;
  }
}
