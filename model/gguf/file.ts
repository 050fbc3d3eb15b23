import type { TensorType } from './tensor-types.ts';

/**
 * A GGUF file, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). All numbers are little-endian:
 *
 *     "GGUF"  u32 version  u64 tensors  u64 entries
 *     entries   key, u32 type, value
 *     tensors   name, u32 dimensions, u64 size of each (the fastest first), u32 type, u64 offset
 *     padding   to ALIGNMENT_BYTES
 *     data      each tensor at its offset from here, padded likewise
 *
 * A string is its length in bytes as u64, then UTF-8; an array is u32 type of its elements, u64 count, then they.
 */
export interface GgufFile {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: Int32Array };

export interface GgufTensor {
  readonly name: string;
  /** Row-major (rows, columns), or (columns). */
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Called once, when the file is written. */
  readonly values: () => Float32Array;
}

const VERSION = 3;
/** What readers assume where `general.alignment` does not say otherwise. */
const ALIGNMENT_BYTES = 32;
/** `enum gguf_metadata_value_type`. */
const VALUE_TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

/** The whole file. `onTensor` is told as each tensor is encoded. */
export function encodeGguf({ metadata, tensors }: GgufFile, onTensor?: (name: string) => void): Uint8Array {
  const head: Uint8Array[] = [utf8('GGUF'), u32(VERSION), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) head.push(...string(key), ...entryValue(value));
  const offsets: number[] = [];
  let dataBytes = 0;
  for (const tensor of tensors) {
    const { name, shape, type } = tensor;
    head.push(
      ...string(name),
      u32(shape.length),
      ...shape.toReversed().map(u64),
      u32(type.id),
      u64(dataBytes),
    );
    offsets.push(dataBytes);
    dataBytes += aligned(encodedLength(tensor));
  }
  const dataStart = aligned(head.reduce((length, chunk) => length + chunk.length, 0));
  const file = new Uint8Array(dataStart + dataBytes);
  let at = 0;
  for (const chunk of head) {
    file.set(chunk, at);
    at += chunk.length;
  }
  for (const [i, { name, type, values }] of tensors.entries()) {
    file.set(type.encode(values()), dataStart + offsets[i]!);
    onTensor?.(name);
  }
  return file;
}

/** In bytes. A block never reaches into the next row: a row that its blocks do not fill is a mistake in the program. */
function encodedLength({ name, shape, type }: GgufTensor): number {
  const { blockLength, blockBytes } = type;
  if (shape.at(-1)! % blockLength !== 0) {
    throw new RangeError(`rows of ${shape.at(-1)} numbers in ${name} are no whole blocks of ${type.name}`);
  }
  return (shape.reduce((product, size) => product * size, 1) / blockLength) * blockBytes;
}

function entryValue(entry: GgufValue): Uint8Array[] {
  switch (entry.type) {
    case 'uint32':
      return [u32(VALUE_TYPES.uint32), u32(entry.value)];
    case 'float32':
      return [u32(VALUE_TYPES.float32), new Uint8Array(Float32Array.of(entry.value).buffer)];
    case 'bool':
      return [u32(VALUE_TYPES.bool), Uint8Array.of(entry.value ? 1 : 0)];
    case 'string':
      return [u32(VALUE_TYPES.string), ...string(entry.value)];
    case 'strings':
      return [...arrayHead(VALUE_TYPES.string, entry.value.length), ...entry.value.flatMap(string)];
    case 'int32s': {
      const { buffer, byteOffset, byteLength, length } = entry.value;
      return [...arrayHead(VALUE_TYPES.int32, length), new Uint8Array(buffer, byteOffset, byteLength)];
    }
  }
}

const arrayHead = (type: number, length: number): Uint8Array[] => [
  u32(VALUE_TYPES.array),
  u32(type),
  u64(length),
];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

function string(text: string): Uint8Array[] {
  const bytes = utf8(text);
  return [u64(bytes.length), bytes];
}

const aligned = (length: number): number => Math.ceil(length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
