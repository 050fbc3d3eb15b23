import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import { isChannel } from '../../protocols/channels.ts';
import { MAX_PAYLOAD_BYTES, type ParsedPayload, parseReadings } from '../../protocols/reading.ts';

const ARRIVAL_MS = 1_795_392_000_123.5;
const T = 1_795_392_000_000_000;

const parseText = (text: string): ParsedPayload =>
  parseReadings('wrist-01', new TextEncoder().encode(text), ARRIVAL_MS);
const parse = (payload: unknown): ParsedPayload => parseText(JSON.stringify(payload));
const reasons = ({ refusals }: ParsedPayload) => refusals.map(({ reason }) => reason);
const values = ({ readings }: ParsedPayload) => readings.map((reading) => reading.values);

describe('a payload of readings', () => {
  it('may be one reading', () => {
    expect(parse({ t: T, seq: 7, v: { 'accel.x': 0.12, 'accel.y': -9.8 } })).toEqual({
      readings: [
        {
          board: 'wrist-01',
          timeUs: T,
          arrivalMs: ARRIVAL_MS,
          values: { 'accel.x': 0.12, 'accel.y': -9.8 },
          seq: 7,
        },
      ],
      refusals: [],
    });
  });

  it('without a time was measured when it arrived, in whole microseconds', () => {
    expect(parse({ v: { proximity: 3 } }).readings[0]!.timeUs).toBe(1_795_392_000_123_500);
  });

  it('may be a batch, whose rows follow at its rate', () => {
    const { readings, refusals } = parse({
      t0: T,
      rateHz: 30,
      seq: 0xffffffff,
      channels: ['accel.x', 'gyro.x'],
      rows: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    });
    expect(refusals).toEqual([]);
    expect(readings.map(({ timeUs }) => timeUs - T)).toEqual([0, 33_333, 66_667, 100_000]);
    expect(readings.map(({ seq }) => seq)).toEqual([0xffffffff, 0, 1, 2]);
    expect(readings[3]!.values).toEqual({ 'accel.x': 7, 'gyro.x': 8 });
  });

  it('may be an array of readings; one that is wrong does not cost the others', () => {
    const parsed = parse([{ v: { proximity: 1 } }, { w: 2 }, 5, null, { t: T, v: { proximity: 3 } }]);
    expect(values(parsed)).toEqual([{ proximity: 1 }, { proximity: 3 }]);
    expect(reasons(parsed)).toEqual(['malformed', 'malformed', 'malformed']);
  });
});

describe('units of a payload', () => {
  it('are converted where they are named', () => {
    const parsed = parse({ v: { 'accel.x': 1, 'accel.y': 1 }, units: { 'accel.x': 'g' } });
    expect(values(parsed)).toEqual([{ 'accel.x': 9.80665, 'accel.y': 1 }]);
    const batch = parse({
      t0: T,
      rateHz: 1,
      channels: ['temperature'],
      rows: [[300]],
      units: { temperature: 'K' },
    });
    expect(batch.readings[0]!.values.temperature).toBeCloseTo(26.85, 9);
  });

  it('are refused with the value where there is no conversion', () => {
    const parsed = parse({ v: { 'accel.x': 1, proximity: 2 }, units: { 'accel.x': 'furlong' } });
    expect(values(parsed)).toEqual([{ proximity: 2 }]);
    expect(reasons(parsed)).toEqual(['wrongUnit']);
    expect(parsed.refusals[0]!.message).toContain('furlong');
  });

  it('cannot make a value infinite', () => {
    const parsed = parse({ v: { 'accel.x': 1e308 }, units: { 'accel.x': 'g' } });
    expect(parsed.readings).toEqual([]);
    expect(reasons(parsed)).toEqual(['notFinite']);
  });
});

describe('a bad value', () => {
  it('a bare NaN or Infinity, which Python writes, costs that value and no other', () => {
    const text =
      '[{"v": {"proximity": NaN, "light.red": 5}}, {"v": {"light.red": -Infinity, "proximity": 7}}]';
    const { readings, refusals } = parseReadings('desk', new TextEncoder().encode(text), 1000);
    expect(readings.map(({ values }) => values)).toEqual([{ 'light.red': 5 }, { proximity: 7 }]);
    expect(refusals.map(({ reason }) => reason)).toEqual(['notFinite', 'notFinite']);
    const quoted = parseReadings(
      'desk',
      new TextEncoder().encode('{"v": {"NaN": NaN, "proximity": 7}}'),
      1000,
    );
    expect(quoted.readings.map(({ values }) => values)).toEqual([{ proximity: 7 }]);
    expect(quoted.refusals.map(({ message }) => message)).toEqual([expect.stringContaining('"NaN"')]);
  });

  it.each(['null', '"12"', '"NaN"', 'true', '[]', '{}', '1e999'])(
    'of %s is refused by itself, and its neighbour is kept',
    (bad) => {
      const parsed = parseText(`{"t": ${T}, "v": {"accel.x": ${bad}, "accel.y": 2}}`);
      expect(values(parsed)).toEqual([{ 'accel.y': 2 }]);
      expect(reasons(parsed)).toEqual(['notFinite']);
      const batch = parseText(
        `{"t0": ${T}, "rateHz": 5, "channels": ["accel.x", "accel.y"], "rows": [[${bad}, 2], [1, 2]]}`,
      );
      expect(values(batch)).toEqual([{ 'accel.y': 2 }, { 'accel.x': 1, 'accel.y': 2 }]);
    },
  );

  it.each(['accel.w', 'constructor', '__proto__', 'hasOwnProperty'])(
    'of the unknown channel %s is refused by itself',
    (channel) => {
      const parsed = parseText(`{"v": {"${channel}": 1, "proximity": 2}}`);
      expect(values(parsed)).toEqual([{ proximity: 2 }]);
      expect(reasons(parsed)).toEqual(['unknownChannel']);
      expect(parsed.refusals[0]!.message).toContain(channel);
      expect(Object.hasOwn(Object.prototype, 'accel.w')).toBe(false);
    },
  );

  it('leaves no reading when it is the only one', () => {
    expect(parse({ v: { proximity: null } }).readings).toEqual([]);
  });
});

describe('a malformed payload', () => {
  it.each([
    ['not JSON', '{"v": {"proximity": 1}'],
    ['empty', ''],
    ['a number', '7'],
    ['an unknown key', '{"v": {"proximity": 1}, "tt": 5}'],
    ['a time in fractions', '{"t": 1.5, "v": {"proximity": 1}}'],
    ['a negative time', '{"t": -1, "v": {"proximity": 1}}'],
    ['a time beyond exact integers', '{"t": 1e300, "v": {"proximity": 1}}'],
    ['a seq beyond 32 bits', '{"seq": 4294967296, "v": {"proximity": 1}}'],
    ['values that are a list', '{"v": [1]}'],
    ['a batch without t0', '{"rateHz": 5, "channels": ["proximity"], "rows": [[1]]}'],
    ['a rate of zero', '{"t0": 5, "rateHz": 0, "channels": ["proximity"], "rows": [[1]]}'],
  ])('%s, is refused with a reason', (_what, text) => {
    const parsed = parseText(text);
    expect(parsed.readings).toEqual([]);
    expect(reasons(parsed)).toEqual(['malformed']);
    expect(parsed.refusals[0]!.message.length).toBeGreaterThan(5);
  });

  it('that is not UTF-8, is refused', () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode('{"v":{"'), 0xff, 0xfe]);
    expect(reasons(parseReadings('b', bytes, 0))).toEqual(['malformed']);
  });

  it('of rows that do not fit the channels, keeps the rows that do', () => {
    const parsed = parse({
      t0: T,
      rateHz: 10,
      channels: ['accel.x', 'accel.y'],
      rows: [[1], [1, 2], [1, 2, 3]],
    });
    expect(parsed.readings.map(({ timeUs, values: v }) => [timeUs - T, v])).toEqual([
      [100_000, { 'accel.x': 1, 'accel.y': 2 }],
    ]);
    expect(reasons(parsed)).toEqual(['malformed', 'malformed']);
  });

  it('whose rate is so low that times overflow, keeps the rows that can be placed', () => {
    const parsed = parse({ t0: T, rateHz: 1e-300, channels: ['proximity'], rows: [[1], [2]] });
    expect(parsed.readings.map(({ timeUs }) => timeUs)).toEqual([T]);
    expect(reasons(parsed)).toEqual(['malformed']);
  });

  it.each([
    ['quotes that never close', '"\\'.repeat(400_000)],
    ['brackets that never close', '['.repeat(1_000_000)],
    ['a number of a million digits', '1'.repeat(1_000_000)],
  ])('is %s, and does not take long', (_, text) => {
    expect(parseReadings('b', new TextEncoder().encode(text), 0).readings).toEqual([]);
  });

  it('is a binary frame, which PayloadReader reads', () => {
    expect(reasons(parseReadings('b', Uint8Array.of(0xa5, 1, 2, 3), 0))).toEqual(['malformed']);
  });

  it('is one that is too large, whatever it holds', () => {
    const text = `{"v": {"proximity": 1}${' '.repeat(MAX_PAYLOAD_BYTES)}}`;
    expect(reasons(parseText(text))).toEqual(['malformed']);
    const many = parse(Array.from({ length: 10_001 }, () => ({ v: {} })));
    expect(reasons(many)).toEqual(['malformed']);
  });

  it('cannot make one message cost more than its size', () => {
    // 10,000 empty rows for 100,000 channels: a refusal for each missing value would be a billion.
    const channels = Array.from({ length: 100_000 }, () => 'a');
    const rows = Array.from({ length: 10_000 }, () => []);
    expect(parse({ t0: T, rateHz: 10, channels, rows }).refusals.length).toBeLessThanOrEqual(10_000);
  });
});

describe('whatever bytes come', () => {
  const GOOD = [
    { t: T, seq: 1, v: { 'accel.x': 0.12, proximity: 3 }, units: { 'accel.x': 'g' } },
    {
      t0: T,
      rateHz: 30,
      channels: ['accel.x', 'rssi.a'],
      rows: [
        [1, null],
        [2, -70],
      ],
    },
  ];

  it('nothing is thrown, every reading is sound, and what gives none gives a reason', () => {
    let readable = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const random = RandomStream.seeded(seed);
      const text = JSON.stringify(seed % 3 === 2 ? GOOD : GOOD[seed % 3]);
      const bytes = new TextEncoder().encode(text);
      for (let k = random.integer(4); k > 0; k--) {
        // A digit, a quote or a bracket in the wrong place does more than a random byte.
        const byte = random.uniform() < 0.7 ? bytes[random.integer(bytes.length)]! : random.integer(256);
        bytes[random.integer(bytes.length)] = byte;
      }
      const cut = random.uniform() < 0.2 ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
      const { readings, refusals } = parseReadings('b', cut, ARRIVAL_MS);
      for (const reading of readings) {
        readable++;
        expect(Number.isSafeInteger(reading.timeUs)).toBe(true);
        for (const [channel, value] of Object.entries(reading.values)) {
          expect(isChannel(channel) && Number.isFinite(value), `${channel}: ${value}`).toBe(true);
        }
      }
      if (readings.length === 0) expect(refusals.length, new TextDecoder().decode(cut)).toBeGreaterThan(0);
    }
    expect(readable).toBeGreaterThan(1000);
  });
});
