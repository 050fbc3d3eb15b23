import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { countReadings, Meter } from '../../pipeline/meter.ts';
import { windowSteps } from '../../pipeline/window-steps.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { at, rateTask } from '../protocols/examples.ts';

/** Windows of three steps of 100 ms, one every 300 ms. */
const task = rateTask({
  input: { maxGapMs: 1000, channels: [{ channel: 'light.red' }] },
  window: { rows: 3, hopMs: 300 },
});

/** What is told of the windows of boards, steps left out: `a opened 0`. */
function watch() {
  const readings$ = new Subject<SensorReading>();
  const released$ = new Subject<string>();
  const meter = new Meter();
  const told: string[] = [];
  const subscription = readings$
    .pipe(countReadings(meter), windowSteps(task, meter, { released$ }))
    .subscribe({
      next: ({ board, event }) => {
        if (event.type !== 'step') told.push(`${board} ${event.type} ${event.window}`);
      },
      error: (error: Error) => told.push(error.message),
    });
  const send = (ms: number, boards: string) => {
    for (const board of boards) readings$.next(at(ms, { 'light.red': 1 }, board));
  };
  return { readings$, released$, meter, told, subscription, send };
}

it('keeps the windows of boards apart', () => {
  const { send, told, meter } = watch();
  send(0, 'a');
  for (const ms of [100, 200, 300]) send(ms, 'ab');
  expect(told).toEqual(['a opened 0', 'b opened 0', 'a closed 0', 'a opened 1']);
  expect(meter.boards).toBe(2);
  expect(meter.readings).toBe(7);
});

it('ends the windows of a board that is released, and begins anew with its next reading', () => {
  const { send, told, meter, released$ } = watch();
  send(0, 'ab');
  released$.next('a');
  released$.next('nobody');
  expect(told.slice(2)).toEqual(['a abandoned 0']);
  expect(meter.boards).toBe(1);
  send(100, 'ab');
  expect(told.slice(3)).toEqual(['a opened 0']);
});

it('ends all windows with the readings, in the order in which their boards came', () => {
  const { send, told, meter, readings$ } = watch();
  send(0, 'ba');
  readings$.complete();
  expect(told.slice(2)).toEqual(['b abandoned 0', 'a abandoned 0']);
  expect(meter.boards).toBe(0);
});

it.each(['readings$', 'released$'] as const)('fails, and forgets all boards, when its %s fail', (source) => {
  const { send, told, meter, ...sources } = watch();
  send(0, 'a');
  sources[source].error(new Error('the link broke'));
  expect(told).toEqual(['a opened 0', 'the link broke']);
  expect(meter.boards).toBe(0);
});

it('forgets all boards when nobody listens any more, and keeps what was counted', () => {
  const { send, meter, subscription } = watch();
  send(0, 'ab');
  send(500, 'a');
  send(100, 'a');
  subscription.unsubscribe();
  expect(meter.boards).toBe(0);
  expect(meter.windowing.late).toBe(1);
});
