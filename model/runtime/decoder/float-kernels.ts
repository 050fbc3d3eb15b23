import { CUBIC, LINEAR } from '../../onnx/ops/gelu.ts';
import { LAYER_NORM_EPSILON } from '../../onnx/ops/layer-norm.ts';
import {
  type Code,
  f32,
  f32x4,
  forEachVector,
  i32,
  local,
  repeat,
  v128,
  type WasmFunction,
} from '../../wasm/encoder.ts';
import { exponential, greatestLane, sumLanes } from './lanes.ts';

/** Rows of float matrices are a multiple of this long. */
const ROW_BYTES_MULTIPLE = 64;
const VECTOR_BYTES = 16;
const FLOAT_BYTES = 4;

/**
 * One row after the other, in four sums: more than one stream of memory at a time was slower, since what limits this is how
 * fast the rows come.
 */
export function addProductFunction(): WasmFunction {
  const [x, matrix, y, yEnd, rowBytes, offset, sum] = [0, 1, 2, 3, 4, 5, 6];
  const vectors = Array.from({ length: ROW_BYTES_MULTIPLE / VECTOR_BYTES }, (_, i) => i);
  const at = (pointer: number, vector: number): Code =>
    v128.load(i32.add(local.get(pointer), local.get(offset)), VECTOR_BYTES * vector);
  const part = (i: number): Code => local.get(sum + i);
  return {
    name: 'addProduct',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32'],
    locals: ['i32', ...vectors.map(() => 'v128' as const)],
    body: repeat(y, FLOAT_BYTES, yEnd, [
      ...vectors.flatMap((i) => local.set(sum + i, v128.zero())),
      ...local.set(offset, i32.constant(0)),
      ...repeat(
        offset,
        ROW_BYTES_MULTIPLE,
        rowBytes,
        vectors.flatMap((i) =>
          local.set(sum + i, f32x4.add(part(i), f32x4.multiply(at(x, i), at(matrix, i)))),
        ),
      ),
      ...local.set(matrix, i32.add(local.get(matrix), local.get(rowBytes))),
      ...local.set(
        sum,
        vectors.slice(1).reduce<Code>((all, i) => f32x4.add(all, part(i)), part(0)),
      ),
      ...sumLanes(sum),
      ...f32.store(local.get(y), f32.add(f32.load(local.get(y)), f32x4.lane(0, part(0)))),
    ]),
  };
}

/** What attention sums in one go: a line of the processor's cache. */
export const LINE_FLOATS = 16;
export const LINE_BYTES = LINE_FLOATS * FLOAT_BYTES;

export function sumLinesFunction(): WasmFunction {
  const [x, xEnd, lines, stretchBytes, y, yEnd, next, line, factor, sum] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const vectors = Array.from({ length: LINE_BYTES / VECTOR_BYTES }, (_, i) => i);
  const part = (i: number): Code => local.get(sum + i);
  const numbers = (i: number): Code => v128.load(local.get(line), VECTOR_BYTES * i);
  return {
    name: 'sumLines',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'v128', ...vectors.map(() => 'v128' as const)],
    body: repeat(y, LINE_BYTES, yEnd, [
      ...vectors.flatMap((i) => local.set(sum + i, v128.zero())),
      ...local.set(next, local.get(x)),
      ...local.set(line, local.get(lines)),
      ...repeat(next, FLOAT_BYTES, xEnd, [
        ...local.set(factor, v128.loadSplat(local.get(next))),
        ...vectors.flatMap((i) =>
          local.set(sum + i, f32x4.add(part(i), f32x4.multiply(local.get(factor), numbers(i)))),
        ),
        ...local.set(line, i32.add(local.get(line), i32.constant(LINE_BYTES))),
      ]),
      ...vectors.flatMap((i) => v128.store(local.get(y), part(i), VECTOR_BYTES * i)),
      ...local.set(lines, i32.add(local.get(lines), local.get(stretchBytes))),
    ]),
  };
}

export function addFunction(): WasmFunction {
  const [y, x, byteLength, offset] = [0, 1, 2, 3];
  const at = (pointer: number): Code => i32.add(local.get(pointer), local.get(offset));
  return {
    name: 'add',
    parameters: ['i32', 'i32', 'i32'],
    locals: ['i32'],
    body: forEachVector(offset, byteLength, v128.store(at(y), f32x4.add(v128.load(at(y)), v128.load(at(x))))),
  };
}

export function normFunction(): WasmFunction {
  const [x, gain, bias, y, byteLength, offset, sum, mean, centred] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const load = (pointer: number): Code => v128.load(i32.add(local.get(pointer), local.get(offset)));
  const perFeature = (total: number): Code =>
    f32x4.divide(
      local.get(total),
      f32x4.splat(f32.ofInteger(i32.shiftRight(local.get(byteLength), Math.log2(FLOAT_BYTES)))),
    );
  const each = (body: Code): Code => [
    ...local.set(offset, i32.constant(0)),
    ...forEachVector(offset, byteLength, body),
  ];
  const C = local.get(centred);
  const inverseStd = sum;
  return {
    name: 'norm',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'v128', 'v128', 'v128'],
    body: [
      ...each(local.set(sum, f32x4.add(local.get(sum), load(x)))),
      ...sumLanes(sum),
      ...local.set(mean, perFeature(sum)),
      ...local.set(sum, v128.zero()),
      ...each([
        ...local.set(centred, f32x4.subtract(load(x), local.get(mean))),
        ...local.set(sum, f32x4.add(local.get(sum), f32x4.multiply(C, C))),
      ]),
      ...sumLanes(sum),
      ...local.set(
        inverseStd,
        f32x4.divide(
          f32x4.constant(1),
          f32x4.squareRoot(f32x4.add(perFeature(sum), f32x4.constant(LAYER_NORM_EPSILON))),
        ),
      ),
      ...each([
        ...local.set(
          centred,
          f32x4.multiply(f32x4.subtract(load(x), local.get(mean)), local.get(inverseStd)),
        ),
        ...v128.store(
          i32.add(local.get(y), local.get(offset)),
          f32x4.add(f32x4.multiply(C, load(gain)), load(bias)),
        ),
      ]),
    ],
  };
}

export function geluFunction(): WasmFunction {
  const [address, byteLength, offset, x, power, whole, rest] = [0, 1, 2, 3, 4, 5, 6];
  const here = i32.add(local.get(address), local.get(offset));
  const X = local.get(x);
  const slope = f32x4.add(
    f32x4.multiply(f32x4.multiply(X, X), f32x4.constant(-CUBIC)),
    f32x4.constant(-LINEAR),
  );
  return {
    name: 'gelu',
    parameters: ['i32', 'i32'],
    locals: ['i32', 'v128', 'v128', 'v128', 'v128'],
    body: forEachVector(offset, byteLength, [
      ...local.set(x, v128.load(here)),
      ...local.set(power, f32x4.multiply(X, slope)),
      ...exponential(power, whole, rest),
      ...v128.store(here, f32x4.divide(X, f32x4.add(f32x4.constant(1), local.get(power)))),
    ]),
  };
}

export function softmaxFunction(): WasmFunction {
  const [address, byteLength, scale, offset, greatest, total, x, whole, rest] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const here = i32.add(local.get(address), local.get(offset));
  const each = (body: Code): Code => [
    ...local.set(offset, i32.constant(0)),
    ...forEachVector(offset, byteLength, body),
  ];
  return {
    name: 'softmax',
    parameters: ['i32', 'i32', 'f32'],
    locals: ['i32', 'v128', 'v128', 'v128', 'v128', 'v128'],
    body: [
      ...local.set(greatest, v128.load(local.get(address))),
      ...each(local.set(greatest, f32x4.greatest(local.get(greatest), v128.load(here)))),
      ...greatestLane(greatest),
      ...each([
        ...local.set(
          x,
          f32x4.multiply(f32x4.subtract(v128.load(here), local.get(greatest)), f32x4.splat(local.get(scale))),
        ),
        ...exponential(x, whole, rest),
        ...local.set(total, f32x4.add(local.get(total), local.get(x))),
        ...v128.store(here, local.get(x)),
      ]),
      ...sumLanes(total),
      ...local.set(total, f32x4.divide(f32x4.constant(1), local.get(total))),
      ...each(v128.store(here, f32x4.multiply(v128.load(here), local.get(total)))),
    ],
  };
}
