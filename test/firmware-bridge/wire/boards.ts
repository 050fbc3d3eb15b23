import { PortDecoder, type PortEvent } from '../../../firmware-bridge/port-decoder.ts';
import type { IntakeOptions } from '../../../firmware-bridge/wire/events.ts';
import { type BoardDescription, FrameEncoder, onWire } from '../../../protocols/frames.ts';

/** One channel, so that a reading is a number: the number of its row. */
export const wrist: BoardDescription = {
  board: 'wrist-01',
  firmware: 'imu9 1.0.0',
  rateHz: 100,
  encoding: 'float32',
  clock: 'boot',
  channels: [{ name: 'accel.x', unit: 'm/s2', scale: 1 }],
};

export const PERIOD_US = 10_000;
export const NOW_US = 1_700_000_000_000_000;

/** A board that measures the number of its row, on the wire. */
export class CountingBoard {
  readonly #encoder: FrameEncoder;
  #row = 0;

  constructor(session = 1, description = wrist) {
    this.#encoder = new FrameEncoder(description, session);
  }

  get timeUs(): number {
    return this.#row * PERIOD_US;
  }

  hello = (): Uint8Array => onWire(this.#encoder.hello(this.timeUs));
  status = (): Uint8Array => onWire(this.#encoder.status(this.timeUs));

  samples(count = 1): Uint8Array {
    const { timeUs } = this;
    const rows = Array.from({ length: count }, () => [this.#row++]);
    return onWire(this.#encoder.samples({ timeUs, periodUs: PERIOD_US, rows }));
  }
}

/** A decoder, and what it made of the bytes so far. Bytes come at the time given, or now. */
export function listen(options: Partial<IntakeOptions> = {}) {
  const decoder = new PortDecoder({ board: 'text', ...options });
  const events: PortEvent[] = [];
  const hear = (bytes: Uint8Array | string, arrivalUs = NOW_US): void => {
    const raw = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    events.push(...decoder.push(raw, arrivalUs));
  };
  const readings = () => events.flatMap((event) => (event.kind === 'readings' ? event.readings : []));
  const of = <K extends PortEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<PortEvent, { kind: K }> => event.kind === kind);
  return { decoder, events, hear, of, readings, values: () => readings().map((r) => r.values['accel.x']) };
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
