import { crc32c } from './crc32c.ts';
import {
  CLOCK,
  CRC_BYTES,
  ENCODING,
  FRAME_MAGIC,
  FRAME_TYPE,
  FRAME_VERSION,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  MISSING_INT16,
  SAMPLE_BYTES,
  SAMPLES_HEADER_BYTES,
} from './format.ts';
import type { BoardDescription } from './frame.ts';

/** Rows to be sent in one frame, measured `periodUs` apart. */
export interface SampleRows {
  /** When the first was measured, on the board's clock. */
  readonly timeUs: number;
  /** 0 for a single row. */
  readonly periodUs?: number;
  /** One value a channel, in the unit of the description; undefined or NaN where none was measured. */
  readonly rows: readonly (readonly (number | undefined)[])[];
}

/**
 * The frames of one session of one board, numbered as they are made: what firmware does in C++, for virtual boards.
 * Each method gives a frame; `onWire` makes it fit for a serial line.
 */
export class FrameEncoder {
  readonly #description: BoardDescription;
  readonly #session: number;
  #seq = 0;
  #nextRow = 0;
  #rowsDropped = 0;

  /** @param session drawn anew at every start of the board, an unsigned 32-bit number */
  constructor(description: BoardDescription, session: number) {
    this.#description = description;
    this.#session = session;
  }

  /** @throws RangeError when the description does not fit into a frame */
  hello(timeUs: number): Uint8Array {
    const { board, firmware, rateHz, encoding, clock, channels } = this.#description;
    const frame = new FrameWriter(FRAME_TYPE.hello, this.#session, this.#seq++, timeUs);
    frame.float32(rateHz);
    frame.uint8(ENCODING[encoding]);
    frame.uint8(CLOCK[clock]);
    frame.uint8(channels.length);
    frame.uint8(0);
    frame.uint32(this.#nextRow);
    frame.text(board);
    frame.text(firmware);
    for (const { name, unit, scale } of channels) {
      frame.float32(scale);
      frame.text(name);
      frame.text(unit);
    }
    return frame.finish();
  }

  samples({ timeUs, periodUs = 0, rows }: SampleRows): Uint8Array {
    const { channels, encoding } = this.#description;
    const frame = new FrameWriter(FRAME_TYPE.samples, this.#session, this.#seq++, timeUs);
    frame.uint32(this.#nextRow);
    frame.uint32(periodUs);
    frame.uint16(rows.length);
    frame.uint8(channels.length);
    frame.uint8(ENCODING[encoding]);
    this.#nextRow = (this.#nextRow + rows.length) >>> 0;
    for (const row of rows) {
      for (const [c, { scale }] of channels.entries()) {
        const value = row[c] ?? Number.NaN;
        if (encoding === 'float32') frame.float32(value);
        else frame.int16(toInt16(value / scale));
      }
    }
    return frame.finish();
  }

  status(timeUs: number): Uint8Array {
    const frame = new FrameWriter(FRAME_TYPE.status, this.#session, this.#seq++, timeUs);
    frame.uint32(this.#nextRow);
    frame.uint32(this.#rowsDropped);
    return frame.finish();
  }

  /** Rows that were measured and will not be sent; they keep their numbers. */
  drop(rows: number): void {
    this.#nextRow = (this.#nextRow + rows) >>> 0;
    this.#rowsDropped = (this.#rowsDropped + rows) >>> 0;
  }

  /** So many rows of this description fit into one frame. */
  get maxRows(): number {
    const { channels, encoding } = this.#description;
    const room = MAX_FRAME_BYTES - HEADER_BYTES - SAMPLES_HEADER_BYTES - CRC_BYTES;
    return Math.floor(room / (channels.length * SAMPLE_BYTES[encoding]));
  }
}

/** The frame by which a host asks a board to say HELLO. */
export const helloRequest = (seq = 0, timeUs = 0): Uint8Array =>
  new FrameWriter(FRAME_TYPE.helloRequest, 0, seq, timeUs).finish();

/** Beyond the range is the end of the range, as sensors do; -32768 is kept for what was not measured. */
const toInt16 = (raw: number): number =>
  Number.isNaN(raw) ? MISSING_INT16 : Math.max(-32767, Math.min(32767, Math.round(raw)));

class FrameWriter {
  readonly #bytes = new Uint8Array(MAX_FRAME_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(type: number, session: number, seq: number, timeUs: number) {
    this.uint8(FRAME_MAGIC);
    this.uint8(FRAME_VERSION);
    this.uint8(type);
    this.uint8(0);
    this.uint32(session);
    this.uint32(seq);
    this.#view.setBigUint64(this.#advance(8), BigInt(Math.max(0, Math.round(timeUs))), true);
  }

  uint8(value: number): void {
    this.#view.setUint8(this.#advance(1), value);
  }

  uint16(value: number): void {
    this.#view.setUint16(this.#advance(2), value, true);
  }

  int16(value: number): void {
    this.#view.setInt16(this.#advance(2), value, true);
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#advance(4), value, true);
  }

  float32(value: number): void {
    this.#view.setFloat32(this.#advance(4), value, true);
  }

  /** One byte for the length, then UTF-8. */
  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.uint8(bytes.length);
    this.#bytes.set(bytes, this.#advance(bytes.length));
  }

  finish(): Uint8Array {
    const crc = crc32c(this.#bytes.subarray(0, this.#length));
    this.uint32(crc);
    return this.#bytes.slice(0, this.#length);
  }

  #advance(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > MAX_FRAME_BYTES) throw new RangeError(`a frame has at most ${MAX_FRAME_BYTES} bytes`);
    return at;
  }
}
