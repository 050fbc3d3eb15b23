import { crc32c } from '../../protocols/frames/crc32c.ts';
import type { OutboxEntry } from './message.ts';

/** One thing a journal says. */
export type JournalRecord =
  | { readonly kind: 'message'; readonly entry: OutboxEntry }
  /** The broker has every message with a number below this one. */
  | { readonly kind: 'acknowledged'; readonly below: number };

/** What could be read of some bytes of a journal. */
export interface DecodedRecords {
  readonly records: readonly JournalRecord[];
  /** Bytes that belong to no whole record, with whole records after them. */
  readonly damagedBytes: number;
  /** The same at the end: a record that was being written when the machine stopped. */
  readonly tornBytes: number;
}

// A record, integers little-endian:
//   magic u32 | body length u32 | CRC-32C over length and body u32 | body
// The body of a message:          kind u8 = 1 | retain u8 | seq u64 | madeMs u64 | topic length u16 | topic | payload
// The body of an acknowledgement: kind u8 = 2 | below u64
const MAGIC = Buffer.from('TLJ1');
const LENGTH_AT = 4;
const CRC_AT = 8;
const HEADER_BYTES = 12;
const MESSAGE_HEAD_BYTES = 20;
const ACKNOWLEDGED_BYTES = 9;
const MESSAGE = 1;
const ACKNOWLEDGED = 2;
/** A length beyond it is damage: MQTT's own limit is 256 MiB, ours for a payload that comes in is 1 MiB. */
const MAX_BODY_BYTES = 16 << 20;

/** Throws `RangeError` when a message is larger than 16 MiB. */
export function encodeRecord(record: JournalRecord): Buffer {
  const body = record.kind === 'message' ? messageBody(record.entry) : acknowledgedBody(record.below);
  if (body.length > MAX_BODY_BYTES) throw new RangeError(`a message of ${body.length} bytes is too large`);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(body.length, LENGTH_AT);
  body.copy(bytes, HEADER_BYTES);
  bytes.writeUInt32LE(checksum(bytes, 0, body.length), CRC_AT);
  return bytes;
}

/**
 * The whole records in the bytes of a journal, in their order. What is damaged is passed over: reading goes on at the next
 * magic whose checksum is right.
 */
export function decodeRecords(bytes: Buffer): DecodedRecords {
  const records: JournalRecord[] = [];
  let damagedBytes = 0;
  let goodEnd = 0;
  for (let at = bytes.indexOf(MAGIC); at !== -1; ) {
    const end = endOfRecord(bytes, at);
    const record = end === undefined ? undefined : decodeBody(bytes.subarray(at + HEADER_BYTES, end));
    if (end !== undefined && record !== undefined) {
      damagedBytes += at - goodEnd;
      goodEnd = end;
      records.push(record);
    }
    at = bytes.indexOf(MAGIC, record === undefined ? at + 1 : goodEnd);
  }
  return { records, damagedBytes, tornBytes: bytes.length - goodEnd };
}

/** Where the record that begins at `at` ends; undefined when it is not whole. */
function endOfRecord(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  const end = at + HEADER_BYTES + length;
  if (length > MAX_BODY_BYTES || end > bytes.length) return undefined;
  return bytes.readUInt32LE(at + CRC_AT) === checksum(bytes, at, length) ? end : undefined;
}

function checksum(bytes: Buffer, at: number, bodyLength: number): number {
  const length = bytes.subarray(at + LENGTH_AT, at + CRC_AT);
  const body = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + bodyLength);
  return crc32c(Buffer.concat([length, body]));
}

function messageBody({ seq, madeMs, message: { topic, payload, retain } }: OutboxEntry): Buffer {
  const topicBytes = Buffer.from(topic);
  const head = Buffer.alloc(MESSAGE_HEAD_BYTES);
  head[0] = MESSAGE;
  head[1] = retain === 'newest' ? 1 : 0;
  head.writeBigUInt64LE(BigInt(seq), 2);
  head.writeBigUInt64LE(BigInt(madeMs), 10);
  head.writeUInt16LE(topicBytes.length, 18);
  return Buffer.concat([head, topicBytes, Buffer.from(payload)]);
}

function acknowledgedBody(below: number): Buffer {
  const body = Buffer.alloc(ACKNOWLEDGED_BYTES);
  body[0] = ACKNOWLEDGED;
  body.writeBigUInt64LE(BigInt(below), 1);
  return body;
}

/** Undefined when the body is of a kind that this version does not know. */
function decodeBody(body: Buffer): JournalRecord | undefined {
  if (body[0] === ACKNOWLEDGED && body.length === ACKNOWLEDGED_BYTES) {
    return { kind: 'acknowledged', below: Number(body.readBigUInt64LE(1)) };
  }
  if (body[0] !== MESSAGE || body.length < MESSAGE_HEAD_BYTES) return undefined;
  const topicEnd = MESSAGE_HEAD_BYTES + body.readUInt16LE(18);
  if (topicEnd > body.length) return undefined;
  const message = {
    topic: body.toString('utf8', MESSAGE_HEAD_BYTES, topicEnd),
    payload: body.toString('utf8', topicEnd),
    retain: body[1] === 1 ? ('newest' as const) : ('never' as const),
  };
  const entry = { seq: Number(body.readBigUInt64LE(2)), madeMs: Number(body.readBigUInt64LE(10)), message };
  return { kind: 'message', entry };
}
