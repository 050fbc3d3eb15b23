import { describe, expect, it } from 'vitest';
import { FixedClock } from '../../firmware-bridge/board-clock.ts';
import { CountingBoard, joined, listen, PERIOD_US, wrist } from './wire/boards.ts';

const clock = () => new FixedClock(1_000_000_000);

describe('frames of a port', () => {
  it('are readings with the names, units and times of their board', () => {
    const board = new CountingBoard(1, { ...wrist, channels: [{ name: 'accel.x', unit: 'g', scale: 1 }] });
    const { hear, events, decoder } = listen({ clock });
    hear(joined(board.hello(), board.samples(2), board.status()), 5_000_000);
    const gravity = 9.80665;
    expect(events).toEqual([
      {
        kind: 'hello',
        board: 'wrist-01',
        restarted: false,
        description: expect.objectContaining({ rateHz: 100 }),
      },
      {
        kind: 'readings',
        board: 'wrist-01',
        readings: [
          { board: 'wrist-01', seq: 0, timeUs: 1_000_000_000, arrivalMs: 5000, values: { 'accel.x': 0 } },
          {
            board: 'wrist-01',
            seq: 1,
            timeUs: 1_000_010_000,
            arrivalMs: 5000,
            values: { 'accel.x': gravity },
          },
        ],
      },
      { kind: 'status', board: 'wrist-01', measured: 2, dropped: 0 },
    ]);
    expect(decoder.counters).toMatchObject({ frames: 3, damaged: 0, lost: 0, bytesDropped: 0 });
  });

  it('wait for the HELLO of their board when a host comes late, and ask for it', () => {
    const board = new CountingBoard();
    const { hear, values, readings, decoder } = listen({ clock });
    board.samples(100);
    hear(board.samples(), 7000);
    expect(decoder.wantsHello).toBe(true);
    expect(values()).toEqual([]);
    hear(board.hello(), 9000);
    hear(board.samples(), 9000);
    expect(decoder.wantsHello).toBe(false);
    expect(values()).toEqual([100, 101]);
    expect(readings().map(({ arrivalMs }) => arrivalMs)).toEqual([7, 9]);
    // What was sent to nobody is not lost.
    expect(decoder.counters).toMatchObject({ lost: 0, lostReadings: 0, unannounced: 0 });
  });

  it('that wait for ever are given up, oldest first, and said', () => {
    const board = new CountingBoard();
    const { hear, values, of, decoder } = listen({ clock, maxWaitingBytes: 1000 });
    for (let i = 0; i < 100; i++) hear(board.samples());
    hear(board.hello());
    const { unannounced } = decoder.counters;
    expect(unannounced).toBeGreaterThan(50);
    expect(values()).toEqual(Array.from({ length: 100 - unannounced }, (_, i) => i + unannounced));
    expect(of('refused')).toHaveLength(unannounced);
  });

  it('of a lost one are counted exactly when the next one comes, or STATUS', () => {
    const board = new CountingBoard();
    const { hear, values, decoder } = listen();
    hear(joined(board.hello(), board.samples(3)));
    board.samples(4);
    board.samples(5);
    hear(board.samples());
    expect(decoder.counters).toMatchObject({ lost: 2, lostReadings: 9 });
    board.samples(6);
    hear(board.status());
    expect(decoder.counters).toMatchObject({ lost: 3, lostReadings: 15 });
    expect(values()).toEqual([0, 1, 2, 12]);
  });

  it('that come twice or late are told apart', () => {
    const board = new CountingBoard();
    const { hear, values, decoder } = listen();
    const [hello, a, b, c, d] = [
      board.hello(),
      board.samples(),
      board.samples(),
      board.samples(),
      board.samples(),
    ];
    hear(joined(hello, a, d, b, d, b));
    expect(decoder.counters).toMatchObject({ frames: 4, lost: 1, lostReadings: 1, duplicated: 2 });
    hear(c);
    expect(decoder.counters).toMatchObject({ frames: 5, lost: 0, lostReadings: 0, duplicated: 2 });
    expect(values()).toEqual([0, 3, 1, 2]);
  });

  it('after a restart of the board are counted from their first, and never dated before it', () => {
    const before = new CountingBoard(1);
    const after = new CountingBoard(2);
    const { hear, of, readings, decoder } = listen();
    hear(joined(before.hello(), before.samples(500)), 60_000_000);
    after.samples();
    hear(joined(after.samples(), after.hello(), after.samples()), 60_500_000);
    expect(of('hello').map(({ restarted }) => restarted)).toEqual([false, true]);
    expect(decoder.counters).toMatchObject({ restarts: 1, lost: 1, lostReadings: 1 });
    const times = readings().map(({ timeUs }) => timeUs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('that nobody heard while the port was closed are lost, but not those of a new session', () => {
    const board = new CountingBoard(1);
    const other = new CountingBoard(2);
    const { hear, decoder } = listen();
    hear(joined(board.hello(), board.samples()));
    board.samples();
    hear(board.samples().subarray(0, 10));
    decoder.reopened();
    hear(board.samples());
    expect(decoder.counters).toMatchObject({ lost: 2, lostReadings: 2, bytesDropped: 9 });
    decoder.reopened();
    other.samples();
    hear(joined(other.samples(), other.hello()));
    expect(decoder.counters).toMatchObject({ lost: 2, restarts: 1 });
  });

  it('of several boards may share a line', () => {
    const desk = new CountingBoard(2, { ...wrist, board: 'desk' });
    const board = new CountingBoard(1);
    const { hear, readings } = listen();
    hear(joined(board.hello(), desk.hello(), board.samples(), desk.samples(), board.samples()));
    expect(readings().map((r) => r.board)).toEqual(['wrist-01', 'desk', 'wrist-01']);
  });

  it('bring no value that is not finite, nor one of an unknown channel or unit, and say so', () => {
    const channels = [
      { name: 'accel.x', unit: 'm/s2', scale: 1 },
      { name: 'acel.y', unit: 'm/s2', scale: 1 },
      { name: 'accel.z', unit: 'furlong', scale: 1 },
    ];
    const board = new CountingBoard(1, { ...wrist, channels });
    const { hear, of, values } = listen();
    hear(joined(board.hello(), board.samples()));
    expect(values()).toEqual([0]);
    expect(of('refused').map(({ refusal }) => refusal.reason)).toEqual(['unknownChannel', 'wrongUnit']);
  });
});

describe('damage', () => {
  it('of one frame costs that frame', () => {
    const board = new CountingBoard();
    const { hear, values, decoder } = listen();
    const [hello, a, b, c] = [board.hello(), board.samples(), board.samples(), board.samples()];
    b[10]! ^= 0x40;
    hear(joined(hello, a, b, c));
    expect(values()).toEqual([0, 2]);
    expect(decoder.counters).toMatchObject({ damaged: 1, lost: 1, lostReadings: 1 });
  });

  it('that joins two frames, or cuts a delimiter off, costs no third', () => {
    const board = new CountingBoard();
    const { hear, values } = listen();
    hear(board.hello());
    const frames = Array.from({ length: 5 }, () => board.samples());
    hear(joined(frames[0]!, frames[1]!.subarray(0, -1), frames[2]!.subarray(1), frames[3]!, frames[4]!));
    hear(joined(board.samples().subarray(0, -1), board.samples()));
    expect(values()).toEqual([0, 3, 4, 5, 6]);
  });

  it('that puts a delimiter into a frame lets none of its bytes pass for text', () => {
    const board = new CountingBoard();
    const { hear, of, values } = listen({ csvHeader: 'accel.x' });
    const [hello, torn, good] = [board.hello(), board.samples(), board.samples()];
    const tail = new TextEncoder().encode('\u0001\n5\n6\n');
    hear(joined(hello, torn.subarray(0, 12), Uint8Array.of(0), tail, torn.subarray(12), good));
    expect(values()).toEqual([1]);
    expect(of('text')).toEqual([]);
  });
});

describe('text beside frames', () => {
  it('is read where it stands', () => {
    const board = new CountingBoard();
    const { hear, of, readings } = listen();
    hear(board.hello());
    hear('rst:0x1 (POWERON_RESET)\r\n{"v":{"accel.x":7}}\n');
    hear(board.samples());
    hear('accel.x\n8\n');
    expect(of('text').map(({ line }) => line)).toEqual(['rst:0x1 (POWERON_RESET)', 'accel.x']);
    expect(readings().map((r) => [r.board, r.values['accel.x']])).toEqual([
      ['text', 7],
      ['wrist-01', 0],
      ['text', 8],
    ]);
  });

  it('that is cut by a frame is dropped: half a number is a number', () => {
    const board = new CountingBoard();
    const { hear, values, decoder } = listen({ csvHeader: 'accel.x' });
    hear('\n123');
    hear(board.hello());
    hear('456\n');
    expect(values()).toEqual([456]);
    expect(decoder.counters).toMatchObject({ bytesDropped: 3 });
  });
});

it('gives one board the times of one line', () => {
  const board = new CountingBoard();
  const { hear, readings } = listen();
  hear(board.hello(), 1e12);
  for (let i = 1; i <= 50; i++) hear(board.samples(), 1e12 + i * PERIOD_US + (i % 5) * 1000);
  const steps = readings().map(({ timeUs }, i, all) => timeUs - (all[i - 1]?.timeUs ?? timeUs - PERIOD_US));
  expect(steps.slice(5).every((step) => step === PERIOD_US)).toBe(true);
});
