import { createHash } from 'node:crypto';
import { BANDS } from './near-duplicates.ts';

/** What later passes need to know of a document, little-endian: 16 bytes, the key of its text, the keys of its bands. */
const TOKENS_AT = 0;
const BYTES_AT = 4;
const FLAGS_AT = 8;
const KEY_AT = 16;
const BANDS_AT = 24;
export const RECORD_BYTES = BANDS_AT + 8 * BANDS;

const IS_VALIDATION = 1;
const HAS_BANDS = 2;

export interface DocumentFacts {
  /** With its `<|endoftext|>`. */
  readonly tokens: number;
  readonly bytes: number;
  readonly isValidation: boolean;
  /** First 8 bytes of the SHA-256 of its text. */
  readonly key: Buffer;
  /** Two int32 for each band; undefined where it has none. */
  readonly bands: Int32Array | undefined;
}

export function encodeRecord({ tokens, bytes, isValidation, key, bands }: DocumentFacts): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(tokens, TOKENS_AT);
  record.writeUInt32LE(bytes, BYTES_AT);
  record.writeUInt32LE((isValidation ? IS_VALIDATION : 0) | (bands ? HAS_BANDS : 0), FLAGS_AT);
  key.copy(record, KEY_AT, 0, 8);
  bands?.forEach((half, i) => void record.writeInt32LE(half, BANDS_AT + 4 * i));
  return record;
}

/** Reads fields of the record that begins at `at`. */
export const recordTokens = (records: Buffer, at: number): number => records.readUInt32LE(at + TOKENS_AT);
export const recordIsValidation = (records: Buffer, at: number): boolean =>
  (records.readUInt32LE(at + FLAGS_AT) & IS_VALIDATION) !== 0;
export const recordHasBands = (records: Buffer, at: number): boolean =>
  (records.readUInt32LE(at + FLAGS_AT) & HAS_BANDS) !== 0;
/** Where the 8 bytes of its text's key, and of the key of a band, begin. */
export const recordKeyAt = (at: number): number => at + KEY_AT;
export const recordBandAt = (at: number, band: number): number => at + BANDS_AT + 8 * band;

export const sha256Of = (data: Uint8Array | string): Buffer => createHash('sha256').update(data).digest();

/** Whether what has this SHA-256 falls into the validation split of so large a share. */
export const isInShare = (hash: Buffer, share: number): boolean => hash.readUInt32BE(8) < share * 2 ** 32;
