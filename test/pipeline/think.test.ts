import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MissedDeadline, steadyMs } from '../../model/runtime/deadline.ts';
import { every, type LoadPolicy, newest } from '../../pipeline/load.ts';
import { Meter } from '../../pipeline/meter.ts';
import { think } from '../../pipeline/think.ts';
import type { BoardEvent } from '../../pipeline/window-steps.ts';
import type { WindowEvent } from '../../protocols/window.ts';
import { fitted, rateTask } from '../protocols/examples.ts';
import { DeferredBrain, settled } from './deferred-brain.ts';

/** `think` over events which the test sends, and everything that came out of it. */
function thinking(load: LoadPolicy) {
  const brain = new DeferredBrain(fitted(rateTask()));
  const meter = new Meter();
  const events$ = new Subject<BoardEvent>();
  const answered: string[] = [];
  let ending: 'completed' | Error | undefined;
  const subscription = events$.pipe(think(brain, load, meter)).subscribe({
    next: ({ board, window }) => answered.push(`${board}/${window.window}`),
    error: (error: Error) => {
      ending = error;
    },
    complete: () => {
      ending = 'completed';
    },
  });
  const send = (board: string, event: WindowEvent) => events$.next({ board, event });
  const open = (board: string, window: number) => send(board, { type: 'opened', window, startUs: window });
  const step = (board: string, window: number, value: number) =>
    send(board, { type: 'step', window, row: Float64Array.of(value) });
  const close = (board: string, window: number) =>
    send(board, { type: 'closed', window, startUs: window, endUs: 0, rows: 1, fill: 1, arrivalMs: 0 });
  const whole = (board: string, window: number) => {
    open(board, window);
    step(board, window, window);
    close(board, window);
  };
  return {
    brain,
    meter,
    events$,
    subscription,
    answered,
    send,
    open,
    step,
    close,
    whole,
    ending: () => ending,
    answerNext: () => brain.scoring[0]!.answer(),
  };
}

const policies: [string, () => LoadPolicy][] = [
  ['newest', () => newest],
  ['every', () => every()],
];

describe.each(policies)('thinking under the policy %s', (_name, policy) => {
  it('feeds rows while the window is open, and scores when it closes', async () => {
    const t = thinking(policy());
    t.open('desk', 0);
    t.step('desk', 0, 5);
    t.step('desk', 0, 6);
    expect(t.brain.thoughts[0]).toMatchObject({ state: 'open', values: [[5], [6]] });
    t.close('desk', 0);
    expect(t.brain.thoughts[0]!.state).toBe('scoring');
    await t.answerNext();
    expect(t.answered).toEqual(['desk/0']);
  });

  it('keeps overlapping windows, and windows of boards with equal numbers, apart', () => {
    const t = thinking(policy());
    for (const [board, window] of [
      ['a', 0],
      ['a', 1],
      ['b', 0],
    ] as const) {
      t.open(board, window);
    }
    t.step('a', 1, 1);
    t.step('b', 0, 2);
    t.step('a', 0, 3);
    expect(t.brain.thoughts.map(({ board, values }) => [board, values])).toEqual([
      ['a', [[3]]],
      ['a', [[1]]],
      ['b', [[2]]],
    ]);
  });

  it('gives the model two windows at a time, and the boards take turns', async () => {
    const t = thinking(policy());
    for (const board of ['a', 'b', 'c']) t.whole(board, 0);
    expect(t.brain.scoring.map(({ board }) => board)).toEqual(['a', 'b']);
    await t.answerNext();
    t.whole('a', 1);
    await t.answerNext();
    await t.answerNext();
    await t.answerNext();
    expect(t.answered).toEqual(['a/0', 'b/0', 'c/0', 'a/1']);
  });

  it('counts a failed score, and goes on', async () => {
    const t = thinking(policy());
    t.whole('a', 0);
    t.whole('b', 0);
    await t.brain.scoring[0]!.fail();
    await t.answerNext();
    expect(t.answered).toEqual(['b/0']);
    expect(t.meter).toMatchObject({ opened: 2, closed: 2, failed: 1, dropped: 0 });
    expect(t.ending()).toBeUndefined();
  });

  it('discards an abandoned window', () => {
    const t = thinking(policy());
    t.open('a', 0);
    t.step('a', 0, 1);
    t.send('a', { type: 'abandoned', window: 0, reason: 'gap' });
    expect(t.brain.thoughts[0]!.state).toBe('discarded');
    expect(t.meter).toMatchObject({ opened: 1, closed: 0 });
  });

  it('discards everything when nobody listens any more', async () => {
    const t = thinking(policy());
    for (const board of ['a', 'b', 'c']) t.whole(board, 0);
    t.open('d', 0);
    t.subscription.unsubscribe();
    const states = t.brain.thoughts.map(({ state }) => state);
    expect(states).toEqual(['scoring', 'scoring', 'discarded', 'discarded']);
    expect(t.events$.observed).toBe(false);
    await t.answerNext();
    await t.answerNext();
    expect(t.answered).toEqual([]);
    expect(t.brain.scoring).toEqual([]);
  });

  it('completes after the last answer', async () => {
    const t = thinking(policy());
    t.whole('a', 0);
    t.whole('b', 0);
    t.events$.complete();
    await t.answerNext();
    expect(t.ending()).toBeUndefined();
    await t.answerNext();
    expect(t.ending()).toBe('completed');
    expect(t.answered).toEqual(['a/0', 'b/0']);
  });

  it('completes after the last failure too, and at once when there is nothing to do', async () => {
    const failing = thinking(policy());
    failing.whole('a', 0);
    failing.events$.complete();
    await failing.brain.scoring[0]!.fail();
    expect(failing.ending()).toBe('completed');
    const idle = thinking(policy());
    idle.events$.complete();
    expect(idle.ending()).toBe('completed');
  });

  it('discards what is open when the readings break off', async () => {
    const t = thinking(policy());
    for (const board of ['a', 'b', 'c']) t.whole(board, 0);
    t.open('d', 0);
    t.events$.error(new Error('the link broke'));
    expect(t.ending()).toEqual(new Error('the link broke'));
    const states = t.brain.thoughts.map(({ state }) => state);
    expect(states).toEqual(['scoring', 'scoring', 'discarded', 'discarded']);
  });
});

describe('under load', () => {
  it('newest: windows that come together are all answered, each board’s oldest first', async () => {
    const t = thinking(newest);
    for (const window of [0, 1, 2, 3]) t.whole('a', window);
    t.whole('b', 0);
    while (t.brain.scoring.length > 0) await t.answerNext();
    expect(t.answered.filter((name) => name.startsWith('a'))).toEqual(['a/0', 'a/1', 'a/2', 'a/3']);
    expect(t.answered).toContain('b/0');
    expect(t.meter.dropped).toBe(0);
  });

  it('newest: of the windows of one board, only so many are kept waiting', async () => {
    const t = thinking(newest);
    for (let window = 0; window < 100; window++) t.whole('a', window);
    expect(t.meter.dropped).toBe(100 - 2 - 64);
    expect(t.brain.thoughts.slice(2, 36).every(({ state }) => state === 'discarded')).toBe(true);
  });

  it('newest: what has waited too long gives way; the overtaken are discarded and counted', async () => {
    const t = thinking({ kind: 'newest', maxWaitMs: -1 });
    for (const board of ['a', 'z']) t.whole(board, 0); // being scored: not overtaken any more
    for (const window of [1, 2, 3]) t.whole('a', window);
    t.whole('b', 0);
    t.whole('b', 1);
    for (let i = 0; i < 4; i++) await t.answerNext();
    expect(t.answered).toEqual(['a/0', 'z/0', 'a/3', 'b/1']);
    expect(t.meter.dropped).toBe(3);
    expect(t.brain.thoughts.map(({ state }) => state)).toEqual([
      'ended',
      'ended',
      'discarded',
      'discarded',
      'ended',
      'discarded',
      'ended',
    ]);
  });

  it('newest: a board that talks much does not keep the others from their turn', async () => {
    const t = thinking(newest);
    for (const window of [0, 1, 2]) t.whole('loud', window);
    t.whole('shy', 0);
    for (let window = 3; window < 10; window++) t.whole('loud', window);
    await t.answerNext();
    await t.answerNext();
    expect(t.brain.scoring.map(({ board }) => board)).toEqual(['loud', 'shy']);
  });

  it('newest: an answer after its deadline is not given; it is counted, and tells nothing of the model', async () => {
    const t = thinking({ ...newest, deadlineMs: -1 });
    t.whole('a', 0);
    await t.answerNext();
    expect(t.answered).toEqual([]);
    expect(t.meter).toMatchObject({ closed: 1, missed: 1, failed: 0, dropped: 0 });
  });

  it('newest: the model is told the deadline, counted from the window’s end, and says when it gives up', async () => {
    const t = thinking({ ...newest, deadlineMs: 60_000 });
    const before = steadyMs();
    for (const board of ['a', 'b']) t.whole(board, 0);
    const [a, b] = t.brain.thoughts;
    expect(a!.deadlineMs).toBeGreaterThanOrEqual(before + 60_000);
    expect(a!.deadlineMs).toBeLessThanOrEqual(steadyMs() + 60_000);
    await a!.fail(new MissedDeadline());
    await b!.answer();
    expect(t.answered).toEqual(['b/0']);
    expect(t.meter).toMatchObject({ closed: 2, missed: 1, failed: 0 });
  });

  it('without a deadline, and under every, there is none', () => {
    for (const load of [newest, every()]) {
      const t = thinking(load);
      t.whole('a', 0);
      expect(t.brain.thoughts[0]!.deadlineMs).toBeUndefined();
    }
  });

  it('every: nothing is dropped, in the order of closing', async () => {
    const t = thinking(every());
    for (let window = 0; window < 100; window++) t.whole(window % 3 === 0 ? 'b' : 'a', window);
    for (let i = 0; i < 100; i++) await t.answerNext();
    expect(t.answered).toEqual(Array.from({ length: 100 }, (_, i) => `${i % 3 === 0 ? 'b' : 'a'}/${i}`));
    expect(t.meter).toMatchObject({ closed: 100, dropped: 0, failed: 0 });
  });

  it('every: the source waits while as many windows wait as it may run ahead', async () => {
    const load = every(3);
    const t = thinking(load);
    let sent = 0;
    const source = (async () => {
      for (; sent < 10; sent++) {
        await load.ready();
        t.whole('a', sent);
      }
    })();
    await settled();
    expect(sent).toBe(3);
    await t.answerNext();
    expect(sent).toBe(4);
    await t.brain.scoring[0]!.fail(); // a failure makes room as well
    expect(sent).toBe(5);
    while (t.brain.scoring.length > 0) await t.answerNext();
    await source;
    expect(t.answered).toHaveLength(9);
  });

  it('every: nobody waits for ever for a pipeline that has been given up', async () => {
    const load = every(1);
    const t = thinking(load);
    for (let window = 0; window < 4; window++) t.whole('a', window);
    const waiting = load.ready();
    t.subscription.unsubscribe();
    await t.answerNext();
    await t.answerNext();
    await waiting;
    const states = t.brain.thoughts.map(({ state }) => state);
    expect(states).toEqual(['ended', 'ended', 'discarded', 'discarded']);
  });
});
