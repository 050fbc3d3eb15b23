import fc from 'fast-check';
import { ArrivalClock } from '../../firmware-bridge/board-clock.ts';
import { PortDecoder, type PortEvent } from '../../firmware-bridge/port-decoder.ts';
import { isChannel } from '../../protocols/channels.ts';
import { type BoardDescription, crc32c, FrameEncoder, onWire } from '../../protocols/frames.ts';

/** Streams decoded, and what came of them. */
export interface WireFuzzFigures {
  readonly inputs: number;
  readonly readings: number;
  readonly refused: number;
  readonly damaged: number;
}

const NOW_US = 1_795_421_176_187_000;

const CHANNELS = fc.constantFrom('accel.x', 'gyro.z', 'rssi.a', 'proximity', 'acel', '__proto__', '');
const UNITS = fc.constantFrom('', 'g', 'm/s2', 'deg/s', 'dBm', 'count', 'furlong', '__proto__');
const NUMBERS = fc.oneof(
  fc.double(),
  fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, 3e38, 1e-45),
);
const TIMES = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER));

const DESCRIPTIONS: fc.Arbitrary<BoardDescription> = fc.record({
  board: fc.constantFrom('wrist-01', 'desk', 'Wrist', ''),
  firmware: fc.constantFrom('', 'imu9 1.0.0', '\u001b[31m'),
  rateHz: fc.oneof(fc.nat(1000), NUMBERS),
  encoding: fc.constantFrom('float32', 'int16'),
  clock: fc.constantFrom('boot', 'epoch'),
  channels: fc.array(fc.record({ name: CHANNELS, unit: UNITS, scale: fc.oneof(fc.constant(1), NUMBERS) }), {
    maxLength: 4,
  }),
});

/** A board that says this of itself, and sends a few frames at these times. */
const BOARDS = fc
  .tuple(
    DESCRIPTIONS,
    fc.nat(3),
    fc.array(fc.tuple(TIMES, fc.nat(), fc.array(fc.array(NUMBERS, { maxLength: 4 }), { maxLength: 3 })), {
      maxLength: 4,
    }),
  )
  .map(([description, session, sent]) => {
    const encoder = new FrameEncoder(description, session);
    const frames = sent.flatMap(([timeUs, periodUs, rows], i) => [
      ...(i % 2 === 0 ? [encoder.hello(timeUs)] : []),
      encoder.samples({ timeUs, periodUs, rows }),
      encoder.status(timeUs),
    ]);
    return frames;
  });

/** A frame whose checksum is right, whatever is in it: what the decoder must not trust. */
const sealed = (body: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(body.length + 4);
  frame.set(body);
  new DataView(frame.buffer).setUint32(body.length, crc32c(body), true);
  return frame;
};

/** A good frame with bytes changed and the checksum made to fit. */
const FORGED = fc
  .tuple(BOARDS, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
  .map(([frames, changes]) =>
    frames.map((frame) => {
      const body = frame.slice(0, -4);
      for (const [at, byte] of changes) body[at % body.length] = byte;
      return sealed(body);
    }),
  );

const LINES = fc.constantFrom(
  '{"v":{"accel.x":1}}\n',
  '{"t":1795421176187000,"seq":4294967295,"v":{"accel.x":1,"rssi.a":null}}\n',
  '[{"t0":1,"rateHz":1e-300,"channels":["accel.x"],"rows":[[1],[2]]}]\n',
  '{"v":{"__proto__":1}}\r\n',
  'micros,accel.x[g],seq\n',
  'accel.x\n',
  't,rssi.a\n',
  '4294967295,1.5,0\n',
  '7\n',
  '1e999\n',
  '-\n',
  'E (123) i2c: timeout\n',
  '\u001b[0;32mI (20) boot\n',
  '\n',
  '[[[[[[[[',
);

const text = (line: string): Uint8Array => new TextEncoder().encode(line);

/** What a port may carry: boards, forgeries, text and noise, cut and changed on the way. */
const STREAMS = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: BOARDS.map((frames) => Buffer.concat(frames.map(onWire))) },
      { weight: 2, arbitrary: FORGED.map((frames) => Buffer.concat(frames.map(onWire))) },
      { weight: 3, arbitrary: fc.array(LINES, { maxLength: 4 }).map((lines) => text(lines.join(''))) },
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(Uint8Array.of(0), text('\n'), Uint8Array.of(4, 0xa5)),
    ),
    { maxLength: 6 },
  )
  .chain((pieces) => {
    const whole = Buffer.concat(pieces);
    const changes = fc.array(fc.tuple(fc.nat(Math.max(0, whole.length - 1)), fc.nat(255)), { maxLength: 3 });
    return changes.map((changed) => {
      const stream = Uint8Array.from(whole);
      for (const [at, byte] of changed) if (at < stream.length) stream[at] = byte;
      return stream;
    });
  });

/**
 * Decode streams whole and in pieces.
 *
 * @throws with the shrunk input when the decoder throws, lets a bad value through, or hears something else in pieces
 */
export function wireFuzz({ seed, runs }: { seed: number; runs: number }): WireFuzzFigures {
  const figures = { inputs: 0, readings: 0, refused: 0, damaged: 0 };
  fc.assert(
    fc.property(STREAMS, fc.array(fc.nat(90), { maxLength: 20 }), (stream, lengths) => {
      figures.inputs++;
      const whole = decode([stream]);
      const pieces = decode(cut(stream, lengths));
      if (JSON.stringify(whole) !== JSON.stringify(pieces))
        throw new Error('pieces of it mean something else');
      for (const event of whole.events) {
        if (event.kind === 'readings') figures.readings += judged(event);
        if (event.kind === 'refused') figures.refused++;
        if (event.kind === 'damaged') figures.damaged++;
      }
    }),
    { seed, numRuns: runs },
  );
  return figures;
}

function decode(chunks: readonly Uint8Array[]) {
  const decoder = new PortDecoder({ board: 'text', clock: () => new ArrivalClock() });
  const events = chunks.flatMap((chunk) => decoder.push(chunk, NOW_US));
  return { events, counters: decoder.counters, wantsHello: decoder.wantsHello };
}

function cut(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(stream.subarray(at, at + length));
    at += length;
  }
  return [...chunks, stream.subarray(at)];
}

/** How many readings these are, all of them in order. */
function judged({ readings }: Extract<PortEvent, { kind: 'readings' }>): number {
  for (const { timeUs, values, seq } of readings) {
    if (!Number.isSafeInteger(timeUs) || timeUs <= 0) throw new Error(`a reading at ${timeUs}`);
    if (seq !== undefined && !(Number.isInteger(seq) && seq >= 0 && seq < 2 ** 32))
      throw new Error(`number ${seq}`);
    const entries = Object.entries(values);
    if (entries.length === 0) throw new Error('a reading of nothing');
    for (const [channel, value] of entries) {
      if (!isChannel(channel)) throw new Error(`a reading of ${channel}`);
      if (!Number.isFinite(value)) throw new Error(`${channel} is ${value}`);
    }
  }
  return readings.length;
}
