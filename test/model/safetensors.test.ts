import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../model/safetensors.ts';
import { TinyError } from '../../protocols/errors.ts';

const tensors = new Map<string, StoredTensor>([
  ['a', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, -0, 1e-30) }],
  ['odd', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
  ['ids', { dtype: 'I32', shape: [2], data: Int32Array.of(-7, 50256) }],
  ['half', { dtype: 'F16', shape: [1, 1], data: Uint16Array.of(0x3c00) }],
  ['long', { dtype: 'I64', shape: [], data: BigInt64Array.of(-(2n ** 60n)) }],
  ['empty', { dtype: 'U16', shape: [0, 4], data: new Uint16Array() }],
]);

/** A file with this header, which may lie, before `dataBytes` zeros. */
function forged(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('reads back what it wrote, from any alignment and from a Buffer', () => {
    const file = encodeSafetensors(tensors, { format: 'pt' });
    const shifted = new Uint8Array(file.length + 1).subarray(1);
    shifted.set(file);
    for (const bytes of [file, shifted, Buffer.from(file)]) {
      const back = decodeSafetensors(bytes);
      expect(back.metadata).toEqual({ format: 'pt' });
      expect(back.tensors).toEqual(tensors);
    }
  });

  it('aligns the data', () => {
    for (const name of ['x', 'xx', 'xxx', 'xxxx']) {
      const file = encodeSafetensors(new Map([[name, { dtype: 'U8', shape: [1], data: Uint8Array.of(9) }]]));
      expect(new DataView(file.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    }
  });

  it('refuses a tensor whose shape does not fit its data', () => {
    expect(() =>
      encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]])),
    ).toThrow(RangeError);
  });

  it('refuses every truncation', () => {
    const file = encodeSafetensors(tensors);
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length)), `${length} bytes`).toThrow(TinyError);
    }
  });

  it.each([
    ['an overlap', forged({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12), /overlaps/],
    ['a hole', forged({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12), /hole/],
    ['bytes after the end', forged({ a: entry('F32', [1], 0, 4) }, 5), /extra/],
    ['an unknown type', forged({ a: entry('F8_E4M3', [4], 0, 4) }, 4), /F8_E4M3/],
    ['a type named like a method', forged({ a: entry('toString', [4], 0, 4) }, 4), /toString/],
    ['a shape that does not fill', forged({ a: entry('F32', [2], 0, 4) }, 4), /does not fill/],
    ['offsets backwards', forged({ a: entry('U8', [4], 4, 0) }, 4), /does not fill/],
    ['a negative size', forged({ a: entry('U8', [-1, -4], 0, 4) }, 4), /shape/],
    ['a fractional offset', forged({ a: entry('U8', [1], 0.5, 1.5) }, 2), /data_offsets/],
    ['no entry', forged({ a: null }, 0), /type/],
    ['a list for a header', forged([], 0), /object/],
    ['a broken header', forged('{"a":', 0), /JSON/],
  ])('refuses %s', (_what, file, message) => {
    expect(() => decodeSafetensors(file, 'model.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(file)).toThrow(TinyError);
  });

  it('refuses a header length beyond reason without allocating it', () => {
    const file = new Uint8Array(16);
    new DataView(file.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(() => decodeSafetensors(file)).toThrow(/claims/);
  });
});
