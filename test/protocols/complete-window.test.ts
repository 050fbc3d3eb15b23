import { describe, expect, it } from 'vitest';
import { Windower } from '../../protocols/windower.ts';
import { at, closedWindows, eventsOf, rateTask } from './examples.ts';

/** Four steps of 100 ms, two samples each. */
const task = rateTask({
  input: { boardRateHz: 20, channels: [{ channel: 'light.red' }, { channel: 'proximity' }] },
});
const sample = (ms: number) => at(ms, { 'light.red': ms, proximity: 2 * ms });
const times = (from: number, to: number, stepMs = 50) =>
  Array.from({ length: Math.round((to - from) / stepMs) }, (_, i) => from + i * stepMs);

describe('a window whose board rate is known', () => {
  it('closes with the last sample that belongs in it', () => {
    const windower = new Windower(task);
    const stream = times(0, 400).map(sample);
    const events = eventsOf(windower, stream.slice(0, -1));
    expect(events.filter(({ type }) => type === 'closed')).toEqual([]);
    const last = eventsOf(windower, [stream.at(-1)!]);
    expect(last).toMatchObject([
      { type: 'step' },
      { type: 'closed', rows: 4, fill: 1, arrivalMs: stream.at(-1)!.arrivalMs },
    ]);
  });

  it('holds what it would hold if the next reading had closed it', () => {
    const without = rateTask({ input: { channels: task.input.channels } });
    const stream = times(0, 1300).map(sample);
    const rows = (of: typeof task) => closedWindows(eventsOf(new Windower(of), stream)).map((w) => w.rows);
    expect(rows(task)).toEqual(rows(without));
  });

  it('waits for every channel when they come in separate readings', () => {
    const windower = new Windower(task);
    const apart = times(0, 400).flatMap((ms) => [at(ms, { 'light.red': ms }), at(ms, { proximity: ms })]);
    const events = eventsOf(windower, apart.slice(0, -1));
    expect(events.filter(({ type }) => type === 'closed')).toEqual([]);
    expect(eventsOf(windower, apart.slice(-1)).at(-1)).toMatchObject({ type: 'closed' });
  });

  it('waits for the next reading when a sample of the last step is lost', () => {
    const windower = new Windower(task);
    expect(eventsOf(windower, times(0, 350).map(sample)).filter(({ type }) => type === 'closed')).toEqual([]);
    expect(eventsOf(windower, [sample(400)])).toContainEqual(
      expect.objectContaining({ type: 'closed', fill: 1 }),
    );
  });
});

describe('a board that falls silent', () => {
  const closing = (until: number) => {
    const windower = new Windower(task);
    eventsOf(windower, times(0, until).map(sample));
    return { windower, events: [...windower.silence()] };
  };

  it('leaves a window that is complete but for an allowed gap', () => {
    const { events } = closing(350);
    expect(events.at(-1)).toMatchObject({ type: 'closed', rows: 4 });
  });

  it('leaves no window that lacks more than that', () => {
    const { windower, events } = closing(50);
    expect(events.at(-1)).toMatchObject({ type: 'abandoned', reason: 'gap' });
    expect(windower.counts.gaps).toBe(1);
  });

  it('is the same as a reading that comes much later', () => {
    const later = new Windower(task);
    const stream = times(0, 350).map(sample);
    const events = eventsOf(later, [...stream, ...times(9000, 9150).map(sample)]);
    const [late] = closedWindows(events);
    const silent = new Windower(task);
    const [early] = closedWindows([...eventsOf(silent, stream), ...silent.silence()]);
    expect(early).toEqual(late);
  });
});
