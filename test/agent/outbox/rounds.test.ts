import { expect, it } from 'vitest';
import { Rounds } from '../../../agent/outbox/rounds.ts';
import { eventually } from '../../temporary.ts';

const FAR_MS = 1e6;

it('does a round at the earliest time that it was asked for, and one at a time', async () => {
  let begun = 0;
  let finish = (): void => {};
  const rounds = new Rounds(() => {
    begun++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  rounds.within(FAR_MS);
  rounds.within(0);
  rounds.within(FAR_MS);
  await eventually(() => expect(begun).toBe(1));
  // Asked for while one is running: the next begins when that is done.
  rounds.within(0);
  rounds.within(FAR_MS);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(begun).toBe(1);
  finish();
  await eventually(() => expect(begun).toBe(2));
  const stopped = rounds.stop();
  rounds.within(0);
  finish();
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(begun).toBe(2);
});
