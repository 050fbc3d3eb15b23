import { FrameEncoder } from '../../protocols/frames.ts';
import { publishPacket } from './mqtt-packets.ts';

/** What boards send, and how: six channels, as of an IMU. */
export interface Load {
  readonly boards: number;
  readonly readingsPerS: number;
  /** What is sent before it is measured comes on top. */
  readonly seconds: number;
  /** JSON readings one by one, JSON batches, or binary frames. */
  readonly format: 'reading' | 'batch' | 'frame';
  /** Readings in one message. */
  readonly perMessage: number;
  readonly qos: 0 | 1;
}

export const CHANNELS = ['accel.x', 'accel.y', 'accel.z', 'gyro.x', 'gyro.y', 'gyro.z'] as const;
const VALUES = [0.1234, -9.8066, 1.5, 0.0123, -0.4567];

/** The rate of each board on its own clock: windows then cost the same a reading, however many boards there are. */
export const BOARD_RATE_HZ = 50;
const PERIOD_US = 1e6 / BOARD_RATE_HZ;

/** The last channel says when a reading is sent: milliseconds, always of eight digits, and exact in a 32-bit float. */
const STAMP_FROM = 1e7;
const STAMP_SPAN = 6e6;

const stampMs = (): number => STAMP_FROM + (Date.now() % STAMP_SPAN);

/** Milliseconds since a reading was stamped. */
export const sinceStampMs = (stamp: number): number => (stampMs() - stamp + STAMP_SPAN) % STAMP_SPAN;

/** The messages of one board, one after the other, as MQTT packets. The bytes are good until the next. */
export interface BoardMessages {
  next(): Uint8Array;
}

export const boardMessages = (board: string, topic: string, load: Load, startUs: number): BoardMessages =>
  load.format === 'frame'
    ? new FrameMessages(board, topic, load, startUs)
    : new JsonMessages(topic, load, startUs);

const TIME = '1111111111111111'; // as long as microseconds since 1970 are from 2001 to 2286
const STAMP = '99999999';

/** JSON in which time and stamp are written over those of the message before. */
class JsonMessages implements BoardMessages {
  readonly #bytes: Buffer;
  readonly #timeAt: number;
  readonly #stampAt: number;
  readonly #stepUs: number;
  #timeUs: number;

  constructor(topic: string, { format, perMessage, qos }: Load, startUs: number) {
    this.#timeUs = startUs;
    this.#stepUs = perMessage * PERIOD_US;
    const payload = Buffer.from(format === 'reading' ? readingText() : batchText(perMessage));
    const { bytes, payloadAt } = publishPacket(topic, payload, qos);
    this.#bytes = bytes;
    this.#timeAt = payloadAt + payload.indexOf(TIME);
    this.#stampAt = payloadAt + payload.indexOf(STAMP);
  }

  next(): Uint8Array {
    this.#bytes.write(String(this.#timeUs), this.#timeAt, 'latin1');
    this.#bytes.write(String(stampMs()), this.#stampAt, 'latin1');
    this.#timeUs += this.#stepUs;
    return this.#bytes;
  }
}

const readingText = (): string =>
  `{"t":${TIME},"v":{${CHANNELS.map((name, c) => `"${name}":${VALUES[c] ?? STAMP}`).join(',')}}}`;

function batchText(rows: number): string {
  const row = (last: string) => `[${VALUES.join(',')},${last}]`;
  const all = [...Array.from({ length: rows - 1 }, () => row('1')), row(STAMP)];
  return `{"t0":${TIME},"rateHz":${BOARD_RATE_HZ},"channels":${JSON.stringify(CHANNELS)},"rows":[${all.join(',')}]}`;
}

/** Frames of a board that knows the time. It says HELLO first. */
class FrameMessages implements BoardMessages {
  readonly #encoder: FrameEncoder;
  readonly #topic: string;
  readonly #load: Load;
  #timeUs: number;
  #saidHello = false;

  constructor(board: string, topic: string, load: Load, startUs: number) {
    this.#topic = topic;
    this.#load = load;
    this.#timeUs = startUs;
    this.#encoder = new FrameEncoder(
      {
        board,
        firmware: 'bench 1.0.0',
        rateHz: BOARD_RATE_HZ,
        encoding: 'float32',
        clock: 'epoch',
        channels: CHANNELS.map((name) => ({
          name,
          unit: name.startsWith('accel') ? 'm/s2' : 'rad/s',
          scale: 1,
        })),
      },
      1,
    );
  }

  next(): Uint8Array {
    const { perMessage, qos } = this.#load;
    const hello = this.#saidHello
      ? []
      : [publishPacket(this.#topic, Buffer.from(this.#encoder.hello(this.#timeUs)), qos).bytes];
    this.#saidHello = true;
    const stamp = stampMs();
    const rows = Array.from({ length: perMessage }, () => [...VALUES, stamp]);
    const frame = this.#encoder.samples({ timeUs: this.#timeUs, periodUs: PERIOD_US, rows });
    this.#timeUs += perMessage * PERIOD_US;
    return Buffer.concat([...hello, publishPacket(this.#topic, Buffer.from(frame), qos).bytes]);
  }
}
