import { expect, it } from 'vitest';
import { Windower } from '../../protocols/windower.ts';
import { at, closedWindows, eventsOf, rateTask } from './examples.ts';

const task = rateTask({ input: { channels: [{ channel: 'light.red' }] } });
const numbered = (ms: number, value: number, seq: number) => ({ ...at(ms, { 'light.red': value }), seq });

it('counts a numbered reading once, however often it is delivered', () => {
  const stream = Array.from({ length: 9 }, (_, i) => numbered(i * 50, i * i, i));
  const twice = stream.flatMap((reading, i) =>
    i % 3 === 1 ? [reading, reading, stream[i - 1]!] : [reading],
  );
  const windower = new Windower(task);
  expect(closedWindows(eventsOf(windower, twice))).toEqual(
    closedWindows(eventsOf(new Windower(task), stream)),
  );
  expect(windower.counts).toMatchObject({ duplicates: 6, late: 0 });
});

it('takes equal readings without a number for two measurements', () => {
  const windower = new Windower(task);
  eventsOf(windower, [at(0, { 'light.red': 1 }), at(0, { 'light.red': 1 })]);
  expect(windower.counts.duplicates).toBe(0);
});
