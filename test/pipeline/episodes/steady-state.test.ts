import { expect, it } from 'vitest';
import { UNKNOWN } from '../../../pipeline/episodes/label-filter.ts';
import { type Look, SteadyState } from '../../../pipeline/episodes/steady-state.ts';

const look = (atMs: number, state: Look['state'], said: Look['said'] = state, p = 1): Look => ({
  state,
  said,
  p,
  atMs,
});

it('lets a state hold when it has lasted, from when the windows began to say so', () => {
  const steady = new SteadyState(() => 3000, 1000);
  expect(steady.look(look(0, 'a'))).toBe(false);
  expect(steady.look(look(1000, 'a', 'b'))).toBe(false);
  expect(steady.look(look(2000, 'a', 'a', 0.7))).toBe(true);
  expect(steady.standing).toMatchObject({ state: 'a', startMs: 0, p: 0.9 });
  // The filter believes it two windows after the first that says so.
  steady.look(look(3000, 'a', 'b'));
  steady.look(look(4000, 'a', 'b'));
  expect(steady.look(look(5000, 'b', 'b'))).toBe(true);
  expect(steady.standing).toMatchObject({ state: 'b', startMs: 3000 });
});

it('forgets a state that comes and goes', () => {
  const steady = new SteadyState(() => 2000, 1000);
  const changes = ['a', 'a', 'b', 'a', 'b', 'c', 'b'].map((state, i) => steady.look(look(i * 1000, state)));
  expect(changes).toEqual([false, true, false, false, false, false, false]);
  expect(steady.standing!.state).toBe('a');
});

it('asks each state to last as long as it should', () => {
  const steady = new SteadyState((state) => (state === UNKNOWN ? 0 : 5000), 1000);
  expect(steady.look(look(0, 'a'))).toBe(false);
  expect(steady.look(look(1000, UNKNOWN))).toBe(true);
});

it('never begins a state before the one that it follows', () => {
  const steady = new SteadyState(() => 0, 1000);
  steady.look(look(0, 'a', 'b'));
  steady.look(look(1000, 'c', 'b'));
  steady.look(look(2000, 'b', 'b'));
  expect(steady.standing).toMatchObject({ state: 'b', startMs: 1000 });
});
