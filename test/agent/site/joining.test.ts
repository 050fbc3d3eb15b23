import { TestScheduler } from 'rxjs/testing';
import { expect, it } from 'vitest';
import { holdBackMs, joined } from '../../../agent/site/joining.ts';

const scheduler = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });

const line = { y: true, n: false };

it('takes part half a second after it is connected, and at once no more', () => {
  const clock = scheduler();
  clock.run(({ hot, expectObservable }) => {
    const connected$ = hot('y 700ms n', line);
    expectObservable(joined(connected$, () => clock.now())).toBe('n 499ms y 200ms n', line);
  });
});

it('waits longer the more often it lost its connection, and forgets that with time', () => {
  const clock = scheduler();
  clock.run(({ hot, expectObservable }) => {
    const connected$ = hot('y 599ms n y 1999ms n y 2500ms n 180s y', line);
    expectObservable(joined(connected$, () => clock.now())).toBe(
      'n 499ms y 99ms n 1000ms y 999ms n 2000ms y 500ms n 180s 500ms y',
      line,
    );
  });
});

it('never waits longer than a minute', () => {
  expect(holdBackMs(0)).toBe(500);
  expect(holdBackMs(3)).toBe(4000);
  expect(holdBackMs(1000)).toBe(60_000);
});
