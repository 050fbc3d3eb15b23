import { describe, expect, it } from 'vitest';
import {
  type BlockMatrix as Blocks,
  dequantizeBlocks,
  quantizeBlocks,
} from '../../../../model/quantize/blocks.ts';
import { RandomStream } from '../../../../model/random.ts';
import { BlockMatrix, FloatMatrix, RoundedVector } from '../../../../model/runtime/decoder/matrix.ts';
import { DecoderMemory, FLOAT_BYTES } from '../../../../model/runtime/decoder/memory.ts';

const random = RandomStream.seeded(4);
const normals = (count: number, std = 1) => Float32Array.from({ length: count }, () => std * random.normal());

/** Numbers in a fresh memory, what was done to them there, and what is there then. */
function inMemory(
  values: readonly Float32Array[],
  work: (memory: DecoderMemory, ...addresses: number[]) => void,
): Float32Array[] {
  const memory = new DecoderMemory();
  const addresses = values.map((numbers) => memory.store(new Uint8Array(numbers.buffer)));
  work(memory, ...addresses);
  return values.map((numbers, i) => memory.floats(addresses[i]!, numbers.length));
}

/** M x + y in double precision; M is (y, x). */
const productPlus = (m: Float32Array, x: Float32Array, y: Float32Array): number[] =>
  Array.from(y, (start, row) => x.reduce((sum, value, i) => sum + m[row * x.length + i]! * value, start));

function expectClose(actual: Float32Array, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThan(tolerance);
}

describe('a product of floats', () => {
  it.each([
    [1, 16],
    [5, 32],
    [7, 96],
    [64, 384],
  ])('of %i rows of %i numbers is added to what was there', (rows, columns) => {
    const [m, x, y] = [normals(rows * columns), normals(columns), normals(rows)];
    const [, , sums] = inMemory([m, x, y], (memory, matrix, from, to) =>
      new FloatMatrix(memory, matrix!, rows, columns).addProduct(from!, to!),
    );
    expectClose(sums!, productPlus(m, x, y), 1e-4);
  });
});

describe.each([8, 4] as const)('a product of %i-bit blocks', (bits) => {
  const blocksOf = (rows: number, columns: number): Blocks =>
    quantizeBlocks(normals(rows * columns), rows, columns, bits);
  const sumsOf = (matrix: Blocks, x: Float32Array, y: Float32Array = new Float32Array(matrix.rows)) => {
    const [, sums] = inMemory([x, y], (memory, from, to) => {
      const codes = memory.store(matrix.codes);
      const scales = memory.store(new Uint8Array(matrix.scales.buffer));
      const rounded = new RoundedVector(memory, matrix.columns);
      new BlockMatrix(memory, { ...matrix, codes, scales }, rounded).addProduct(from!, to!);
    });
    return sums!;
  };

  it.each([
    [1, 32],
    [6, 96],
    [5, 128],
    [9, 384],
  ])('of %i rows of %i numbers is exact where the vector is of whole numbers up to 127', (rows, columns) => {
    const matrix = blocksOf(rows, columns);
    const whole = Float32Array.from({ length: columns }, (_, i) =>
      i % matrix.block === 5 ? -127 : random.integer(255) - 127,
    );
    const y = normals(rows);
    expectClose(sumsOf(matrix, whole, y), productPlus(dequantizeBlocks(matrix), whole, y), 2e-3);
  });

  it('rounds each block of the vector by its own greatest magnitude', () => {
    const matrix = blocksOf(8, 256);
    const large = normals(256).map((value, i) => (i < 128 ? 1000 * value : 0));
    const small = normals(256).map((value, i) => (i < 128 ? 0 : value));
    const both = sumsOf(
      matrix,
      large.map((value, i) => value + small[i]!),
    );
    const ofSmall = both.map((value, i) => value - sumsOf(matrix, large)[i]!);
    expectClose(ofSmall, productPlus(dequantizeBlocks(matrix), small, new Float32Array(8)), 0.5);
  });

  it('of zeros adds nothing', () => {
    expect([...sumsOf(blocksOf(4, 64), new Float32Array(64), Float32Array.of(1, 2, 3, 4))]).toEqual([
      1, 2, 3, 4,
    ]);
  });
});

describe('what is done to one row', () => {
  it('is a sum', () => {
    const [x, y] = [normals(96), normals(96)];
    const [sum] = inMemory([y, x], ({ kernels }, to, from) => kernels.add(to!, from!, 96 * FLOAT_BYTES));
    expect([...sum!]).toEqual(Array.from(y, (value, i) => Math.fround(value + x[i]!)));
  });

  it('is a layer normalisation, also far from zero', () => {
    const [x, gain, bias] = [normals(96).map((value) => 100 + 3 * value), normals(96), normals(96)];
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const [, , , y] = inMemory([x, gain, bias, new Float32Array(96)], ({ kernels }, ...at) =>
      kernels.norm(at[0]!, at[1]!, at[2]!, at[3]!, 96 * FLOAT_BYTES),
    );
    const expected = x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + bias[i]!);
    expectClose(y!, expected, 2e-5);
  });

  it('is GELU by its tanh form, however large the numbers', () => {
    const x = Float32Array.from([...normals(60, 3), -1e4, 1e4, -30, 30]);
    const [y] = inMemory([x], ({ kernels }, at) => kernels.gelu(at!, x.length * FLOAT_BYTES));
    const tanhForm = (v: number) =>
      (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
    expectClose(y!, x.map(tanhForm), 1e-6);
  });

  it.each([1, 0.25])('is a softmax of scores times %d, also where they overflow or are nothing', (scale) => {
    const x = Float32Array.from([...normals(61, 20), 500, 499, Number.NEGATIVE_INFINITY]);
    const [y] = inMemory([x], ({ kernels }, at) => kernels.softmax(at!, x.length * FLOAT_BYTES, scale));
    const powers = Array.from(x, (value) => Math.exp(scale * (value - 500)));
    const sum = powers.reduce((total, power) => total + power, 0);
    expectClose(
      y!,
      powers.map((power) => power / sum),
      1e-6,
    );
  });
});

describe('sums of weighted lines', () => {
  it.each([
    [1, 1, 1],
    [5, 1, 8],
    [64, 3, 64],
  ])(
    'of %i lines in each of %i stretches that begin %i lines apart replace what was there',
    (count, stretches, apart) => {
      const [x, lines, y] = [normals(count), normals(stretches * apart * 16), normals(stretches * 16)];
      const [, , sums] = inMemory([x, lines, y], ({ kernels }, from, matrix, to) =>
        kernels.sumLines(
          from!,
          from! + count * FLOAT_BYTES,
          matrix!,
          apart * 16 * FLOAT_BYTES,
          to!,
          to! + stretches * 16 * FLOAT_BYTES,
        ),
      );
      const expected = Array.from(y, (_, i) => {
        const [stretch, lane] = [Math.floor(i / 16), i % 16];
        return x.reduce((sum, value, line) => sum + value * lines[(stretch * apart + line) * 16 + lane]!, 0);
      });
      expectClose(sums!, expected, 1e-4);
    },
  );
});
