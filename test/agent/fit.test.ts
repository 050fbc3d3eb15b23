import { from, lastValueFrom, map, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { misfits, mustFit } from '../../agent/fit.ts';
import { parseTaskSpec } from '../../protocols/task.ts';
import { SignBrain } from './sign-brain.ts';

const { spec } = new SignBrain().task;

const places = parseTaskSpec(
  {
    name: 'places',
    instruction: 'Where?',
    input: {
      kind: 'snapshot',
      maxAgeMs: 5000,
      channels: [
        { channel: 'rssi.hall', missing: 'mark' },
        { channel: 'rssi.door', missing: 'mark' },
      ],
    },
    window: { rows: 1, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['in', 'out'] },
  },
  'the test',
);

/** Messages about a board that sends 100 readings like this one. */
const said = (task: typeof spec, channel: string, rateHz: number) =>
  saidOf(
    task,
    Array.from({ length: 100 }, (_, i) => (i * 1e6) / rateHz),
    channel,
  );

const saidOf = (task: typeof spec, timesUs: readonly number[], channel = 'accel.x') =>
  lastValueFrom(
    from(timesUs).pipe(
      map((timeUs) => ({ board: 'wrist-01', timeUs, arrivalMs: 0, values: { [channel]: 1 } })),
      misfits([{ task, model: 'sign' }]),
      map(({ message }) => message),
      toArray(),
    ),
  );

describe('a board', () => {
  it.each([10, 25, 8.5])('that sends the channels of the task at %d Hz fits', async (rateHz) => {
    expect(await said(spec, 'accel.x', rateHz)).toEqual([]);
  });

  it('that sends something else is named once, with what is wanted', async () => {
    expect(await said(spec, 'gyro.z', 10)).toEqual([
      'bundle sign wants accel.x, but board wrist-01 sends gyro.z',
    ]);
  });

  it('that sends too slowly is named with both rates', async () => {
    expect(await said(spec, 'accel.x', 5)).toEqual([
      'bundle sign needs at least 10 Hz, but board wrist-01 sends 5.0 Hz',
    ]);
  });

  it('is not judged by its rate when its clock stands still, and fits when its readings come out of order', async () => {
    const still = Array.from({ length: 20 }, () => 1e6);
    const backwards = Array.from({ length: 20 }, (_, i) => 1e9 - i * 1e5);
    expect(await saidOf(spec, still)).toEqual([]);
    expect(await saidOf(spec, backwards)).toEqual([]);
  });

  it('may lack some channels of a snapshot, but not all', async () => {
    expect(await said(places, 'rssi.hall', 1)).toEqual([]);
    expect(await said(places, 'rssi.cellar', 1)).toHaveLength(1);
  });
});

describe('a recording', () => {
  it('that lacks a channel of the task is refused, with what the task reads', () => {
    expect(() => mustFit({ id: 'swim-7', channels: ['gyro.z'] }, spec)).toThrow(
      expect.objectContaining({
        message: 'recording swim-7 has no channel accel.x; sign reads accel.x',
        hint: expect.stringContaining('it has gyro.z'),
        exitCode: 1,
      }),
    );
  });

  it('fits with the channels of the task, and a snapshot with one of them', () => {
    expect(() => mustFit({ id: 'swim-7', channels: ['gyro.z', 'accel.x'] }, spec)).not.toThrow();
    expect(() => mustFit({ id: 'hall-1', channels: ['rssi.door'] }, places)).not.toThrow();
    expect(() => mustFit({ id: 'hall-1', channels: ['rssi.cellar'] }, places)).toThrow(
      'no channel rssi.hall',
    );
  });
});
