import { BOARD_ID } from '../reading.ts';
import { crc32c } from './crc32c.ts';
import {
  type BoardClockKind,
  CLOCK,
  CRC_BYTES,
  ENCODING,
  FRAME_MAGIC,
  FRAME_TYPE,
  FRAME_VERSION,
  HEADER_BYTES,
  MAX_CHANNELS,
  MAX_FRAME_BYTES,
  MISSING_INT16,
  SAMPLE_BYTES,
  SAMPLES_HEADER_BYTES,
  type SampleEncoding,
} from './format.ts';
import type { ChannelDescription, Frame, HelloFrame, SamplesFrame, StatusFrame } from './frame.ts';

/** Why bytes are no frame. */
export interface FrameFault {
  /**
   * `damaged`: the bytes are not what was sent. `foreign`: they are (the checksum holds), but this host cannot read
   * them: another version, or firmware with a mistake.
   */
  readonly fault: 'damaged' | 'foreign';
  readonly message: string;
}

type Header = Pick<Frame, 'session' | 'seq' | 'timeUs'>;

const damaged = (message: string): FrameFault => ({ fault: 'damaged', message });
const foreign = (message: string): FrameFault => ({ fault: 'foreign', message });

/** Read one frame. Never throws; whatever the bytes are, the answer is a frame in order or the fault. */
export function decodeFrame(bytes: Uint8Array): Frame | FrameFault {
  if (bytes.length < HEADER_BYTES + CRC_BYTES) return damaged(`${bytes.length} bytes are no frame`);
  if (bytes.length > MAX_FRAME_BYTES) return damaged(`a frame has at most ${MAX_FRAME_BYTES} bytes`);
  if (bytes[0] !== FRAME_MAGIC) return damaged('a frame begins with 0xA5');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - CRC_BYTES;
  if (view.getUint32(end, true) !== crc32c(bytes.subarray(0, end))) return damaged('the checksum is wrong');

  if (bytes[1] !== FRAME_VERSION) {
    return foreign(`version ${bytes[1]} of the wire format; this host reads ${FRAME_VERSION}`);
  }
  const timeUs = Number(view.getBigUint64(12, true));
  if (!Number.isSafeInteger(timeUs)) return foreign('its time is beyond 2^53 microseconds');
  const header = { session: view.getUint32(4, true), seq: view.getUint32(8, true), timeUs };
  const payload = new DataView(bytes.buffer, bytes.byteOffset + HEADER_BYTES, end - HEADER_BYTES);
  switch (bytes[2]) {
    case FRAME_TYPE.hello:
      return readHello(header, payload);
    case FRAME_TYPE.samples:
      return readSamples(header, payload);
    case FRAME_TYPE.status:
      return readStatus(header, payload);
    case FRAME_TYPE.helloRequest:
      return { type: 'helloRequest', ...header };
    default:
      return foreign(`type ${bytes[2]} of frame is not known`);
  }
}

const HELLO_HEADER_BYTES = 12;
/** Printable: it goes into logs. */
const FIRMWARE = /^[ -~]{0,63}$/;

function readHello(header: Header, payload: DataView): HelloFrame | FrameFault {
  if (payload.byteLength < HELLO_HEADER_BYTES) return foreign('HELLO is too short');
  const rateHz = payload.getFloat32(0, true);
  const encoding = encodingOf(payload.getUint8(4));
  const clock = nameOf(CLOCK, payload.getUint8(5)) as BoardClockKind | undefined;
  const count = payload.getUint8(6);
  if (!Number.isFinite(rateHz) || rateHz < 0) return foreign(`HELLO states a rate of ${rateHz} Hz`);
  if (!encoding) return foreign(`HELLO states encoding ${payload.getUint8(4)}`);
  if (!clock) return foreign(`HELLO states clock ${payload.getUint8(5)}`);
  if (count < 1 || count > MAX_CHANNELS) {
    return foreign(`HELLO names ${count} channels; 1 to ${MAX_CHANNELS} can be`);
  }
  const rest = new TextReader(payload, HELLO_HEADER_BYTES);
  const board = rest.text();
  const firmware = rest.text();
  const channels: ChannelDescription[] = [];
  for (let c = 0; c < count && !rest.failed; c++) {
    const scale = rest.float32();
    channels.push({ scale, name: rest.text(), unit: rest.text() });
  }
  if (rest.failed || !rest.atEnd) return foreign('HELLO is not as long as what it says');
  if (!BOARD_ID.test(board)) return foreign(`HELLO names a board ${JSON.stringify(board)}`);
  if (!FIRMWARE.test(firmware)) return foreign(`HELLO names a firmware ${JSON.stringify(firmware)}`);
  const wrong = channels.find(({ scale }) => !Number.isFinite(scale) || scale === 0);
  if (wrong) return foreign(`HELLO gives ${JSON.stringify(wrong.name)} a scale of ${wrong.scale}`);
  const names = new Set(channels.map(({ name }) => name));
  if (names.size < count) return foreign('HELLO names a channel twice');
  return {
    type: 'hello',
    ...header,
    nextRow: payload.getUint32(8, true),
    description: { board, firmware, rateHz, encoding, clock, channels },
  };
}

function readSamples(header: Header, payload: DataView): SamplesFrame | FrameFault {
  if (payload.byteLength < SAMPLES_HEADER_BYTES) return foreign('SAMPLES is too short');
  const rows = payload.getUint16(8, true);
  const channels = payload.getUint8(10);
  const encoding = encodingOf(payload.getUint8(11));
  if (!encoding) return foreign(`SAMPLES state encoding ${payload.getUint8(11)}`);
  const values = rows * channels;
  if (values === 0) return foreign('SAMPLES without a value');
  if (payload.byteLength !== SAMPLES_HEADER_BYTES + values * SAMPLE_BYTES[encoding]) {
    return foreign(`SAMPLES of ${rows} x ${channels} ${encoding} have ${payload.byteLength} bytes`);
  }
  const raw = new Float64Array(values);
  for (let i = 0, at = SAMPLES_HEADER_BYTES; i < values; i++, at += SAMPLE_BYTES[encoding]) {
    if (encoding === 'float32') raw[i] = payload.getFloat32(at, true);
    else {
      const sample = payload.getInt16(at, true);
      raw[i] = sample === MISSING_INT16 ? Number.NaN : sample;
    }
  }
  return {
    type: 'samples',
    ...header,
    firstRow: payload.getUint32(0, true),
    periodUs: payload.getUint32(4, true),
    rows,
    channels,
    encoding,
    raw,
  };
}

function readStatus(header: Header, payload: DataView): StatusFrame | FrameFault {
  if (payload.byteLength !== 8) return foreign(`STATUS has ${payload.byteLength} bytes`);
  return {
    type: 'status',
    ...header,
    nextRow: payload.getUint32(0, true),
    rowsDropped: payload.getUint32(4, true),
  };
}

const encodingOf = (code: number): SampleEncoding | undefined =>
  nameOf(ENCODING, code) as SampleEncoding | undefined;

const nameOf = (codes: Readonly<Record<string, number>>, code: number): string | undefined =>
  Object.keys(codes).find((name) => codes[name] === code);

/** Reads texts with their length before them; what goes beyond the end is empty, and `failed` says so. */
class TextReader {
  readonly #view: DataView;
  #at: number;
  failed = false;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  get atEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }

  float32(): number {
    if (!this.#has(4)) return Number.NaN;
    this.#at += 4;
    return this.#view.getFloat32(this.#at - 4, true);
  }

  text(): string {
    const length = this.#has(1) ? this.#view.getUint8(this.#at++) : 0;
    if (!this.#has(length)) return '';
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at, length);
    this.#at += length;
    return new TextDecoder().decode(bytes);
  }

  #has(bytes: number): boolean {
    if (this.#at + bytes > this.#view.byteLength) this.failed = true;
    return !this.failed;
  }
}
