import fc from 'fast-check';
import { PayloadReader } from '../../firmware-bridge/payload-reader.ts';
import { isChannel } from '../../protocols/channels.ts';

/** Payloads read, and what came of them. */
export interface IntakeFuzzFigures {
  readonly inputs: number;
  readonly readings: number;
  readonly refused: number;
}

const ARRIVAL_MS = 1_795_421_176_187;

const NAMES = fc.constantFrom(
  'accel.x',
  'rssi.a',
  'proximity',
  'temperature',
  'acel',
  'accel',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '',
);
const VALUES = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, true, '7', Number.MAX_VALUE, -0),
  fc.string({ maxLength: 5 }),
  fc.constant({ $gt: 1 }),
);
const TIMES = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 2 ** 31 }) },
  fc.constantFrom(ARRIVAL_MS * 1000, 0, -1, 1.5, 2 ** 53, null, 'now'),
);
const UNITS = fc.dictionary(NAMES, fc.constantFrom('g', 'm/s2', 'degF', '1', '__proto__', ''), {
  maxKeys: 3,
});

const SINGLE = fc.record(
  { t: TIMES, seq: TIMES, v: fc.dictionary(NAMES, VALUES, { maxKeys: 5 }), units: UNITS },
  { requiredKeys: ['v'] },
);
const BATCH = fc.record(
  {
    t0: TIMES,
    rateHz: fc.oneof({ weight: 4, arbitrary: fc.constant(25) }, fc.double(), fc.constantFrom(1e-300, 0)),
    seq: TIMES,
    channels: fc.array(NAMES, { maxLength: 3 }),
    rows: fc.array(fc.array(VALUES, { maxLength: 3 }), { maxLength: 4 }),
    units: UNITS,
  },
  { requiredKeys: ['t0', 'rateHz', 'channels', 'rows'] },
);
const READINGS = fc.oneof(SINGLE, BATCH, fc.array(fc.oneof(SINGLE, BATCH, fc.jsonValue()), { maxLength: 4 }));

/** A few bytes that unfold into much: nesting, numbers without end, names without end. */
const BOMBS = fc
  .tuple(fc.constantFrom('[', '{"v":', '{"v":{"a":', '1', '"\\u0000', '{"accel.x":'), fc.nat(3000))
  .map(([piece, times]) => piece.repeat(times));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const PAYLOADS = fc.oneof(
  { weight: 8, arbitrary: READINGS.map((value) => bytes(JSON.stringify(value))) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(READINGS, fc.nat(), fc.nat(), fc.string({ maxLength: 4 }))
      .map(([value, at, length, put]) => {
        const text = JSON.stringify(value);
        const from = at % (text.length + 1);
        return bytes(text.slice(0, from) + put + text.slice(from + (length % 9)));
      }),
  },
  { weight: 2, arbitrary: fc.jsonValue().map((value) => bytes(JSON.stringify(value))) },
  BOMBS.map(bytes),
  fc.uint8Array({ maxLength: 50 }),
  fc.uint8Array({ maxLength: 50 }).map((rest) => Uint8Array.of(0xa5, ...rest)),
);

/**
 * Give payloads to the reader of MQTT messages.
 *
 * @throws with the shrunk input when it throws, or lets a value through that no board may send
 */
export function intakeFuzz({ seed, runs }: { seed: number; runs: number }): IntakeFuzzFigures {
  const figures = { inputs: 0, readings: 0, refused: 0 };
  const reader = new PayloadReader();
  fc.assert(
    fc.property(PAYLOADS, (payload) => {
      figures.inputs++;
      const { readings, refusals } = reader.read('desk', payload, ARRIVAL_MS);
      figures.readings += readings.length;
      figures.refused += refusals.length;
      for (const { timeUs, values } of readings) {
        if (!Number.isSafeInteger(timeUs)) throw new Error(`a reading at ${timeUs}`);
        for (const [channel, value] of Object.entries(values)) {
          if (!isChannel(channel) || !Number.isFinite(value)) throw new Error(`${channel} is ${value}`);
        }
      }
      for (const { message } of refusals) {
        if (message.length > 2000) throw new Error(`a message of ${message.length} characters`);
      }
    }),
    { seed, numRuns: runs },
  );
  return figures;
}
