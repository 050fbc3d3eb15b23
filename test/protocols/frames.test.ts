import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BoardDescription,
  cobsDecode,
  crc32c,
  decodeFrame,
  FrameEncoder,
  helloRequest,
  MAX_FRAME_BYTES,
  onWire,
} from '../../protocols/frames.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const wrist: BoardDescription = {
  board: 'wrist-01',
  firmware: 'imu9 1.0.0',
  rateHz: 100,
  encoding: 'float32',
  clock: 'boot',
  channels: [
    { name: 'accel.x', unit: 'g', scale: 1 },
    { name: 'gyro.z', unit: 'deg/s', scale: 1 },
  ],
};

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['rising bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['the check string', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('of %s is as published', (_, data, crc) => {
    expect(crc32c(data)).toBe(crc);
  });
});

describe('COBS', () => {
  // Examples of the paper (Cheshire and Baker, 1999) and of its well-known summary, between delimiters.
  it.each([
    [[0x00], [0x01, 0x01]],
    [
      [0x00, 0x00],
      [0x01, 0x01, 0x01],
    ],
    [
      [0x11, 0x22, 0x00, 0x33],
      [0x03, 0x11, 0x22, 0x02, 0x33],
    ],
    [
      [0x11, 0x22, 0x33, 0x44],
      [0x05, 0x11, 0x22, 0x33, 0x44],
    ],
    [
      [0x11, 0x00, 0x00, 0x00],
      [0x02, 0x11, 0x01, 0x01, 0x01],
    ],
  ])('stuffs %j as %j', (plain, stuffed) => {
    expect([...onWire(bytes(...plain))]).toEqual([0, ...stuffed, 0]);
    expect([...cobsDecode(bytes(...stuffed))!]).toEqual(plain);
  });

  it('gives back anything, without a zero on the way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (plain) => {
        const inner = onWire(plain).slice(1, -1);
        expect(inner.includes(0)).toBe(false);
        expect([...cobsDecode(inner)!]).toEqual([...plain]);
      }),
    );
  });

  it.each([[[0x03, 0x11]], [[0x01, 0x05, 0x01]]])('does not take %j, which is cut off', (stuffed) => {
    expect(cobsDecode(bytes(...stuffed))).toBeUndefined();
  });
});

describe('a frame', () => {
  it('brings a description', () => {
    const hello = decodeFrame(new FrameEncoder(wrist, 7).hello(1_000_000));
    expect(hello).toEqual({
      type: 'hello',
      session: 7,
      seq: 0,
      timeUs: 1_000_000,
      nextRow: 0,
      description: wrist,
    });
  });

  it('brings rows of float32 with what was not measured', () => {
    const encoder = new FrameEncoder(wrist, 7);
    encoder.hello(0);
    encoder.drop(5);
    const rows = [
      [0.5, undefined],
      [1.5, -2.25],
    ];
    const frame = decodeFrame(encoder.samples({ timeUs: 2 ** 40, periodUs: 10_000, rows }));
    expect(frame).toMatchObject({
      type: 'samples',
      seq: 1,
      timeUs: 2 ** 40,
      firstRow: 5,
      periodUs: 10_000,
      rows: 2,
    });
    expect(frame).toMatchObject({ raw: Float64Array.of(0.5, Number.NaN, 1.5, -2.25) });
    expect(decodeFrame(encoder.status(9))).toMatchObject({
      type: 'status',
      seq: 2,
      nextRow: 7,
      rowsDropped: 5,
    });
  });

  it('brings rows of scaled int16, clipped at the ends of the range', () => {
    const channels = wrist.channels.map((channel) => ({ ...channel, scale: 0.5 }));
    const encoder = new FrameEncoder({ ...wrist, encoding: 'int16', channels }, 7);
    const rows = [
      [1.5, undefined],
      [1e9, -1e9],
    ];
    expect(decodeFrame(encoder.samples({ timeUs: 0, rows }))).toMatchObject({
      encoding: 'int16',
      raw: Float64Array.of(3, Number.NaN, 32767, -32767),
    });
  });

  it('asks for a HELLO', () => {
    expect(decodeFrame(helloRequest(3))).toMatchObject({ type: 'helloRequest', session: 0, seq: 3 });
  });

  it('has room for 64 channels of long names, and for as many rows as it says', () => {
    const channels = Array.from({ length: 64 }, (_, i) => ({
      name: `rssi.aa-bb-cc-dd-ee-${i}`,
      unit: 'dBm',
      scale: 1,
    }));
    const encoder = new FrameEncoder({ ...wrist, channels }, 1);
    expect(decodeFrame(encoder.hello(0))).toMatchObject({ description: { channels } });
    const row = channels.map(() => -60);
    const full = encoder.samples({ timeUs: 0, rows: Array<number[]>(encoder.maxRows).fill(row) });
    expect(full.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(decodeFrame(full)).toMatchObject({ rows: encoder.maxRows });
    const tooMany = Array<number[]>(encoder.maxRows + 1).fill(row);
    expect(() => encoder.samples({ timeUs: 0, rows: tooMany })).toThrow(RangeError);
  });

  it('is seen to be damaged wherever a byte of it is changed, cut off or added', () => {
    const frame = new FrameEncoder(wrist, 7).samples({ timeUs: 5, rows: [[1, 2]] });
    for (let at = 0; at < frame.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Uint8Array.from(frame);
        flipped[at]! ^= 1 << bit;
        expect(decodeFrame(flipped)).toMatchObject({ fault: 'damaged' });
      }
      expect(decodeFrame(frame.subarray(0, at))).toMatchObject({ fault: 'damaged' });
      expect(decodeFrame(Uint8Array.from([...frame.slice(0, at), 0, ...frame.slice(at)]))).toMatchObject({
        fault: 'damaged',
      });
    }
  });

  /** The frame with other bytes at `at`, and a checksum that fits them. */
  function sealed(frame: Uint8Array, at: number, ...changed: number[]): Uint8Array {
    const other = Uint8Array.from(frame);
    other.set(changed, at);
    const view = new DataView(other.buffer);
    view.setUint32(other.length - 4, crc32c(other.subarray(0, -4)), true);
    return other;
  }

  const hello = new FrameEncoder(wrist, 7).hello(0);
  const samples = new FrameEncoder(wrist, 7).samples({ timeUs: 0, rows: [[1, 2]] });
  it.each<[string, Uint8Array]>([
    ['another version', sealed(hello, 1, 2)],
    ['an unknown type', sealed(hello, 2, 9)],
    ['a time beyond 2^53', sealed(hello, 18, 0xff, 0xff)],
    ['a rate that is not a number', sealed(hello, 20, 0, 0, 0xc0, 0x7f)],
    ['an unknown encoding', sealed(hello, 24, 2)],
    ['an unknown clock', sealed(hello, 25, 2)],
    ['no channels', sealed(hello, 26, 0)],
    ['fewer channels than it says', sealed(hello, 26, 3)],
    ['more channels than it says', sealed(hello, 26, 1)],
    ['a name longer than the frame', sealed(hello, 32, 255)],
    ['a board id with a slash', sealed(hello, 33, 0x2f)],
    ['more rows than it has', sealed(samples, 28, 2)],
    ['no rows', sealed(samples, 28, 0)],
    ['another encoding than its length', sealed(samples, 31, 1)],
  ])('whole but with %s is foreign', (_, frame) => {
    expect(decodeFrame(frame)).toMatchObject({ fault: 'foreign' });
  });
});
