import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlainReading } from '../../protocols/plain-reading.ts';
import { parseReadings } from '../../protocols/reading.ts';

const parse = (json: unknown) =>
  parseReadings('desk', new TextEncoder().encode(JSON.stringify(json)), 1_700_000_000_000);

const channel = fc.constantFrom('accel.x', 'rssi.door', 'proximity', 'accel.w', 'constructor', '__proto__');
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 0.5, 2 ** 32, 2 ** 53));
const other = fc.constantFrom<unknown>(null, '12', true, [], {});
const value = fc.oneof({ arbitrary: number, weight: 4 }, other);
const values = fc.array(fc.tuple(channel, value), { maxLength: 3 }).map((some) => Object.fromEntries(some));
const reading = fc.record(
  {
    t: fc.oneof(fc.integer({ min: 1 }), value),
    seq: fc.oneof(fc.nat(), value),
    v: fc.oneof({ arbitrary: values, weight: 8 }, value),
    tt: value,
  },
  { requiredKeys: ['v'] },
);

it('is taken as the schema takes it', () => {
  let plain = 0;
  fc.assert(
    fc.property(reading, ({ tt, ...rest }) => {
      const one = tt === undefined || typeof tt === 'number' ? rest : { ...rest, tt };
      if (isPlainReading(JSON.parse(JSON.stringify(one)))) plain++;
      // A reading that names units, be it none, goes through the schema.
      expect(parse(one)).toEqual(parse({ ...one, units: {} }));
    }),
    { numRuns: 3000, seed: 1 },
  );
  expect(plain).toBeGreaterThan(100);
});

it.each([
  '{"v": {}}',
  '{"v": []}',
  '{"v": {"accel.x": 1e999}}',
  '{"v": {"__proto__": 1}}',
  '{"t": null, "v": {"proximity": 1}}',
  '{"__proto__": 1, "v": {"proximity": 1}}',
  '[{"v": {"proximity": 1}}]',
  '{"v": {"proximity": 1}, "units": {}}',
])('%s is left to the schema', (json) => {
  expect(isPlainReading(JSON.parse(json))).toBe(false);
});

it.each(['{"v": {"proximity": 1}}', '{"t": 1, "seq": 0, "v": {"accel.x": -0.5, "rssi.door": -60}}'])(
  '%s is plain',
  (json) => {
    expect(isPlainReading(JSON.parse(json))).toBe(true);
  },
);
