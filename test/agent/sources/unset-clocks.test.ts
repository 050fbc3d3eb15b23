import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../agent/log.ts';
import { RareLog } from '../../../agent/rare-log.ts';
import { UnsetClocks } from '../../../agent/sources/unset-clocks.ts';
import { Windower } from '../../../protocols/windower.ts';
import { closedWindows, eventsOf, rateTask, START_US } from '../../protocols/examples.ts';

const START_MS = START_US / 1000;

/** A reading that arrives so long after the start, with a time of the board's own. */
const reading = (timeUs: number, arrivesMs: number, value = 1) => ({
  board: 'wrist',
  timeUs,
  arrivalMs: START_MS + arrivesMs,
  values: { 'light.red': value },
});

const setUp = () => {
  const lines: string[] = [];
  const log = new RareLog({ ...silentLog, warn: (text) => void lines.push(text) });
  return { clocks: new UnsetClocks(log), lines };
};

describe('a board that does not know the time', () => {
  it('keeps its own distances, and lies where its quickest message arrived', () => {
    const { clocks, lines } = setUp();
    const delaysMs = [12, 40, 5, 30, 5, 22];
    const dated = delaysMs.flatMap((delayMs, i) => {
      const bootUs = 3_000_000 + i * 50_000;
      return clocks.date('wrist', [reading(bootUs, 3000 + i * 50 + delayMs)]);
    });
    expect(clocks.dated).toBe(6);
    // From the third on the least delay is known.
    const sinceMs = dated.slice(2).map(({ timeUs }) => (timeUs - START_US) / 1000);
    expect(sinceMs).toEqual([3105, 3155, 3205, 3255]);
    expect(lines).toEqual([expect.stringMatching(/^wrist: its clock is not set/)]);
  });

  it('dates all readings of a message by the newest of them', () => {
    const { clocks } = setUp();
    const batch = [1_000_000, 1_050_000, 1_100_000].map((us) => reading(us, 1110));
    expect(clocks.date('wrist', batch).map(({ timeUs }) => (timeUs - START_US) / 1000)).toEqual([
      1010, 1060, 1110,
    ]);
  });

  it('keeps its clock as long as it speaks, whatever other names are made up', () => {
    const { clocks } = setUp();
    for (let i = 0; i < 2000; i++) {
      const arrivesMs = 1000 + i * 50;
      clocks.date('wrist', [reading(i * 50_000, arrivesMs)]);
      clocks.date(`stranger-${i}`, [{ ...reading(1, arrivesMs), board: `stranger-${i}` }]);
    }
    const all = clocks.estimates(Number.POSITIVE_INFINITY);
    expect(all.size).toBe(1000);
    expect(all.get('wrist')).toEqual({ driftPpm: 0, offsetMs: START_MS + 1000 });
    expect([...clocks.estimates(2).keys()]).toEqual(['stranger-1999', 'wrist']);
  });

  it('goes on without a gap when a time server has told it the time', () => {
    const { clocks } = setUp();
    const windower = new Windower(
      rateTask({ input: { channels: [{ channel: 'light.red' }] }, window: { rows: 4, hopMs: 400 } }),
    );
    const readings = Array.from({ length: 80 }, (_, i) => {
      const knowsTheTime = i >= 33;
      const ms = i * 50;
      return reading(knowsTheTime ? START_US + ms * 1000 : ms * 1000, ms + 4, i);
    }).flatMap((one) => clocks.date('wrist', [one]));
    expect(clocks.dated).toBe(33);
    expect(closedWindows(eventsOf(windower, readings))).toHaveLength(9);
    expect(windower.counts).toMatchObject({ outliers: 0, restarts: 0, gaps: 0 });
  });

  it('that knows it is left alone', () => {
    const { clocks } = setUp();
    const known = [reading(START_US, 3), reading(START_US + 50_000, 53)];
    expect(clocks.date('wrist', known)).toBe(known);
    expect(clocks.dated).toBe(0);
  });

  it('does not fill the memory under ever new names', () => {
    const { clocks } = setUp();
    for (let i = 0; i < 5000; i++) clocks.date(`board-${i}`, [reading(1_000_000, 1000)]);
    expect(clocks.dated).toBe(5000);
    // The first one was given up: it starts again, by its next arrival.
    const [again] = clocks.date('board-0', [reading(1_050_000, 2000)]);
    expect((again!.timeUs - START_US) / 1000).toBe(2000);
  });
});
