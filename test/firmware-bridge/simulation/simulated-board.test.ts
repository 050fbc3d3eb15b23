import { describe, expect, it } from 'vitest';
import { PortDecoder } from '../../../firmware-bridge/port-decoder.ts';
import {
  type SimulatedBoardOptions,
  simulatedBoard,
} from '../../../firmware-bridge/simulation/simulated-board.ts';
import { FORMATS, type Format } from '../../../firmware-bridge/simulation/speech.ts';
import { onWire } from '../../../protocols/frames.ts';
import type { Recording } from '../../../protocols/recording.ts';

const RATE_HZ = 50;
const ROWS = 500;
const recording = (id: string, channels: readonly string[]): Recording => ({
  id,
  board: 'wrist-01',
  channels,
  rateHz: RATE_HZ,
  nominalRate: false,
  timesUs: Float64Array.from({ length: ROWS }, (_, i) => 7_000_000 + (i * 1e6) / RATE_HZ),
  values: Float64Array.from({ length: ROWS * channels.length }, (_, i) => Math.sin(i) * 10),
  labels: [],
});
const both = [recording('first', ['accel.x', 'accel.y']), recording('second', ['accel.y', 'gyro.z'])];

const options = (changes: Partial<SimulatedBoardOptions> = {}): SimulatedBoardOptions => ({
  board: 'wrist-09',
  format: 'frames',
  speed: 1,
  loop: false,
  seed: 1,
  ...changes,
});

const HOST_START_US = 1_700_000_000_000_000;

/** What a host makes of the board. */
function heardOf(changes: Partial<SimulatedBoardOptions> = {}) {
  const { format } = options(changes);
  const decoder = new PortDecoder({ board: 'wrist-09' });
  const readings = [];
  for (const { message, dueMs, fate } of simulatedBoard(both, options(changes))) {
    if (fate === 'lost') continue;
    const bytes =
      format === 'frames' ? onWire(message.bytes) : Buffer.concat([message.bytes, Buffer.from('\n')]);
    for (const event of decoder.push(bytes, HOST_START_US + Math.round(dueMs * 1000))) {
      if (event.kind === 'readings') readings.push(...event.readings);
    }
  }
  return { readings, counters: decoder.counters };
}

describe('a simulated board', () => {
  it.each(FORMATS)('is understood when it speaks %s', (format: Format) => {
    // The first line of text may be torn, for all that a host knows.
    const told = format === 'ndjson' ? 2 * ROWS - 1 : 2 * ROWS;
    const { readings, counters } = heardOf({ format });
    expect(readings).toHaveLength(told);
    expect(counters).toMatchObject({ damaged: 0, lost: 0, lostReadings: 0 });
    expect(readings[ROWS]!.board).toBe('wrist-09');
    const last = readings.at(-1)!;
    expect(Object.keys(last.values)).toEqual(['accel.y', 'gyro.z']);
    expect(last.values['gyro.z']).toBeCloseTo(both[1]!.values.at(-1)!, 4);
    // Two recordings of ten seconds and a second between them.
    expect((last.timeUs - HOST_START_US) / 1e6).toBeCloseTo(20.96, 1);
  });

  it('says the same bytes for the same seed, others for another', () => {
    const bytes = (seed: number) =>
      Buffer.concat(
        [
          ...simulatedBoard(both, options({ seed, disturbances: { noise: 0.1, loss: 0.1, jitterMs: 5 } })),
        ].map(({ message }) => message.bytes),
      );
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });

  it('loses what it is told to lose, and the host counts it', () => {
    const sent = [...simulatedBoard(both, options({ disturbances: { loss: 0.2 } }))];
    const lost = sent.filter(({ fate }) => fate === 'lost');
    expect(lost.length / sent.length).toBeCloseTo(0.2, 1);
    const { counters } = heardOf({ disturbances: { loss: 0.2 } });
    // Those before the first that came, and after the last, are known to nobody.
    expect(lost.length - counters.lost).toBeLessThan(5);
    expect(counters.lost).toBeLessThanOrEqual(lost.length);
  });

  it('adds noise as a share of what the channel does', () => {
    const differences = heardOf({ disturbances: { noise: 0.1 } })
      .readings.slice(0, ROWS)
      .map(({ values }, i) => values['accel.x']! - both[0]!.values[2 * i]!);
    const rms = Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0) / ROWS);
    // A sine of amplitude 10 has a standard deviation of 7.07.
    expect(rms).toBeGreaterThan(0.6);
    expect(rms).toBeLessThan(0.82);
  });

  it('holds messages up without overtaking, and runs faster when told to', () => {
    const due = [...simulatedBoard(both, options({ speed: 4, disturbances: { jitterMs: 30 } }))].map(
      ({ dueMs }) => dueMs,
    );
    expect(due.every((ms, i) => i === 0 || ms >= due[i - 1]!)).toBe(true);
    expect(due.at(-1)! / 1000).toBeGreaterThan(20.96 / 4);
    expect(due.at(-1)! / 1000).toBeLessThan(20.96 / 4 + 0.031);
  });

  it('answers who it is when asked', () => {
    let asked = false;
    const board = simulatedBoard(both, options({ isAsked: () => asked }));
    for (let i = 0; i < 20; i++) board.next();
    asked = true;
    expect(board.next().value.message.samples).toBe(0);
  });

  it('begins again when told to, and ends otherwise', () => {
    const looped = simulatedBoard(both, options({ loop: true }));
    let samples = 0;
    while (samples < 5 * ROWS) samples += looped.next().value.message.samples;
    expect(samples).toBe(5 * ROWS);
    expect([...simulatedBoard([], options({ loop: true }))]).toEqual([]);
  });
});
