import { TinyError } from '../protocols/errors.ts';

/**
 * The safetensors file format (https://huggingface.co/docs/safetensors, "Format"):
 *
 *     u64 little-endian  length of the header in bytes
 *     JSON               { name: { dtype, shape, data_offsets: [begin, end] }, "__metadata__"?: { key: text } }
 *     bytes              the tensors, row-major little-endian, without holes or overlaps
 */
export const DTYPES = {
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type Dtype = keyof typeof DTYPES;

interface DtypeArrays {
  F32: Float32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I64: BigInt64Array;
  I32: Int32Array;
  U16: Uint16Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

/** Row-major. Half floats stay raw bits in a `Uint16Array`. */
export type StoredTensor = {
  [D in Dtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: DtypeArrays[D] };
}[Dtype];

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference reader refuses longer headers; so do we, before parsing what an attacker may have sent. */
const MAX_HEADER_BYTES = 100_000_000;
/** The header is padded with spaces to this, so that tensors of any type are aligned in the file. */
const ALIGNMENT_BYTES = 8;
const LENGTH_BYTES = 8;

/** The file as one buffer. Tensors keep the order of the map. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (elementCount(shape) !== data.length) {
      throw new RangeError(
        `${name} has ${data.length} elements, its shape [${shape}] ${elementCount(shape)}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/** Reads a whole file; anything out of order refuses all of it. `name` is used in messages only. */
export function decodeSafetensors(file: Uint8Array, name = 'this file'): SafetensorsFile {
  const refuse = (reason: string): never => {
    throw new TinyError(
      `${name} is not a usable safetensors file: ${reason}`,
      'copy or export it again; the file is incomplete or was changed',
    );
  };
  if (file.length < LENGTH_BYTES) refuse(`it has only ${file.length} bytes`);
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES) refuse(`its header claims ${headerBytes} bytes`);
  const dataStart = LENGTH_BYTES + headerBytes;
  if (dataStart > file.length) refuse('it ends inside its header');

  const header = parseHeader(file.subarray(LENGTH_BYTES, dataStart), refuse);
  const metadata: Record<string, string> = {};
  const tensors = new Map<string, StoredTensor>();
  const spans: { key: string; begin: number; end: number }[] = [];
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') {
      for (const [k, v] of Object.entries(entry as object)) metadata[k] = String(v);
      continue;
    }
    const { dtype, shape, begin, end } = parseEntry(key, entry, refuse);
    const ArrayType = DTYPES[dtype];
    if (end - begin !== elementCount(shape) * ArrayType.BYTES_PER_ELEMENT) {
      refuse(`${key} of shape [${shape}] does not fill bytes ${begin} to ${end}`);
    }
    if (dataStart + end > file.length) refuse(`it ends inside ${key}`);
    spans.push({ key, begin, end });
    // A copy: the file's own bytes may be unaligned, and a view would hold all of it. (A Buffer's slice is no copy.)
    const bytes = new Uint8Array(file.subarray(dataStart + begin, dataStart + end));
    tensors.set(key, { dtype, shape, data: new ArrayType(bytes.buffer) } as StoredTensor);
  }
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { key, begin, end } of spans) {
    if (begin < expected) refuse(`${key} overlaps the tensor before it`);
    if (begin > expected) refuse(`there is a hole before ${key}`);
    expected = end;
  }
  if (dataStart + expected !== file.length)
    refuse(`it has ${file.length - dataStart - expected} extra bytes`);
  return { tensors, metadata };
}

type Refuse = (reason: string) => never;

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return refuse('its header is not an object');
  }
  return header as Record<string, unknown>;
}

function parseEntry(key: string, entry: unknown, refuse: Refuse) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype)) {
    return refuse(`${key} has type ${JSON.stringify(dtype)}; known are ${Object.keys(DTYPES).join(', ')}`);
  }
  if (!isCounts(shape)) return refuse(`${key} has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) return refuse(`${key} has no valid data_offsets`);
  return { dtype: dtype as Dtype, shape, begin: offsets[0]!, end: offsets[1]! };
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

const elementCount = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
