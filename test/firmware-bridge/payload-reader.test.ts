import { describe, expect, it } from 'vitest';
import { PayloadReader } from '../../firmware-bridge/payload-reader.ts';
import { type BoardDescription, FrameEncoder } from '../../protocols/frames.ts';
import { wrist } from './wire/boards.ts';

const NOW_MS = 1_700_000_000_000;
const json = new TextEncoder().encode('{"v":{"accel.x":1}}');

const boardOf = (board: string, changes: Partial<BoardDescription> = {}) =>
  new FrameEncoder({ ...wrist, board, clock: 'epoch', ...changes }, 1);
const rows = [[1], [2]];
const timeUs = NOW_MS * 1000;

describe('the reader of payloads', () => {
  it('reads JSON and frames of many boards, each by its own HELLO', () => {
    const reader = new PayloadReader();
    const inG = boardOf('a', { channels: [{ name: 'accel.x', unit: 'g', scale: 1 }] });
    const inMps2 = boardOf('b');
    reader.read('a', inG.hello(timeUs), NOW_MS);
    reader.read('b', inMps2.hello(timeUs), NOW_MS);
    const values = (board: string, payload: Uint8Array) =>
      reader.read(board, payload, NOW_MS).readings.map((r) => r.values['accel.x']);
    expect(values('a', inG.samples({ timeUs, rows }))).toEqual([9.80665, 2 * 9.80665]);
    expect(values('b', inMps2.samples({ timeUs, rows }))).toEqual([1, 2]);
    expect(values('b', json)).toEqual([1]);
  });

  it('tells how the clocks go of the boards heard last', () => {
    const reader = new PayloadReader();
    for (const board of ['a', 'b', 'c']) reader.read(board, boardOf(board).hello(timeUs - 5_000_000), NOW_MS);
    reader.read('a', json, NOW_MS);
    const clock = { driftPpm: null, offsetMs: 5000 };
    expect([...reader.clocks(2)]).toEqual([
      ['c', clock],
      ['b', clock],
    ]);
  });

  it('keeps little of who never says HELLO, and says so', () => {
    const reader = new PayloadReader();
    const board = boardOf('a');
    const refused = Array.from({ length: 2000 }, () =>
      reader.read('a', board.samples({ timeUs, rows }), NOW_MS),
    );
    expect(refused.flatMap(({ readings }) => readings)).toEqual([]);
    const given = refused.flatMap(({ refusals }) => refusals);
    expect(given.length).toBeGreaterThan(1500);
    expect(given[0]).toEqual({ reason: 'malformed', message: 'samples whose HELLO did not come' });
    expect(reader.counters).toMatchObject({ frames: 2000, unannounced: given.length });
  });

  it('counts frames only when there are any', () => {
    const reader = new PayloadReader();
    reader.read('a', json, NOW_MS);
    expect(reader.counters).toBeUndefined();
    const board = boardOf('a');
    reader.read('a', board.hello(timeUs), NOW_MS);
    board.samples({ timeUs, rows });
    board.drop(3);
    reader.read('a', board.status(timeUs), NOW_MS);
    expect(reader.counters).toMatchObject({ frames: 2, lost: 1, lostReadings: 5 });
  });

  it('follows a thousand boards, and counts of those that it followed before', () => {
    const reader = new PayloadReader();
    for (let i = 0; i < 1500; i++) reader.read(`b${i}`, boardOf(`b${i}`).hello(timeUs), NOW_MS);
    expect(reader.counters).toMatchObject({ frames: 1500 });
    const { readings } = reader.read('b0', boardOf('b0').samples({ timeUs, rows }), NOW_MS);
    expect(readings).toEqual([]);
  });
});
