import { describe, expect, it } from 'vitest';
import { encodeGguf } from '../../../model/gguf/file.ts';
import { TENSOR_TYPES } from '../../../model/gguf/tensor-types.ts';

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);
/** Bytes written as text: "\x01" is the byte 1. */
const u32 = (n: number): string => String.fromCharCode(n, 0, 0, 0);
const u64 = (n: number): string => `${u32(n)}\0\0\0\0`;
const string = (s: string): string => u64(s.length) + s;

describe('a GGUF file', () => {
  it('is its head, entries, tensors and aligned data', () => {
    const told: string[] = [];
    const file = encodeGguf(
      {
        metadata: new Map([
          ['a', { type: 'uint32', value: 7 }],
          ['b', { type: 'float32', value: 1 }],
          ['c', { type: 'bool', value: true }],
          ['d', { type: 'string', value: 'xy' }],
          ['e', { type: 'strings', value: ['p', ''] }],
          ['f', { type: 'int32s', value: Int32Array.of(3, 1) }],
        ]),
        tensors: [
          { name: 'one', shape: [3], type: TENSOR_TYPES.f32, values: () => Float32Array.of(1, 2, 3) },
          { name: 'two', shape: [1, 32], type: TENSOR_TYPES.q8_0, values: () => new Float32Array(32) },
        ],
      },
      (name) => told.push(name),
    );
    const head =
      `GGUF${u32(3)}${u64(2)}${u64(6)}` +
      `${string('a')}${u32(4)}${u32(7)}` +
      `${string('b')}${u32(6)}\0\0\x80\x3f` +
      `${string('c')}${u32(7)}\x01` +
      `${string('d')}${u32(8)}${string('xy')}` +
      `${string('e')}${u32(9)}${u32(8)}${u64(2)}${string('p')}${string('')}` +
      `${string('f')}${u32(9)}${u32(5)}${u64(2)}${u32(3)}${u32(1)}` +
      `${string('one')}${u32(1)}${u64(3)}${u32(0)}${u64(0)}` +
      `${string('two')}${u32(2)}${u64(32)}${u64(1)}${u32(8)}${u64(32)}`;
    const dataStart = Math.ceil(head.length / 32) * 32;
    expect(text(file.subarray(0, head.length))).toBe(head);
    expect(file.subarray(head.length, dataStart).every((byte) => byte === 0)).toBe(true);
    expect(file.length).toBe(dataStart + 32 + 64);
    expect(new Float32Array(file.slice(dataStart, dataStart + 12).buffer)).toEqual(Float32Array.of(1, 2, 3));
    expect(told).toEqual(['one', 'two']);
  });

  it('holds names in UTF-8, counted in bytes', () => {
    const file = encodeGguf({ metadata: new Map([['k', { type: 'string', value: 'Ġé' }]]), tensors: [] });
    expect(new TextDecoder().decode(file)).toContain(`${u64(4)}Ġé`);
  });

  it('does not let a block reach into the next row', () => {
    const values = () => new Float32Array(96);
    const tensors = [{ name: 'odd', shape: [2, 48], type: TENSOR_TYPES.q4_0, values }];
    expect(() => encodeGguf({ metadata: new Map(), tensors })).toThrow(/rows of 48 numbers in odd/);
  });
});
