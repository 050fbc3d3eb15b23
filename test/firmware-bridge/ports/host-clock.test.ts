import { expect, it } from 'vitest';
import { HostClock } from '../../../firmware-bridge/ports/host-clock.ts';

function clocks() {
  const time = { wallMs: 1_700_000_000_000, steadyMs: 5000 };
  const clock = new HostClock(
    () => time.wallMs,
    () => time.steadyMs,
  );
  const pass = (wallMs: number, steadyMs = wallMs) => {
    time.wallMs += wallMs;
    time.steadyMs += steadyMs;
    const { us, wasSet } = clock.now();
    return { ms: us / 1000 - 1_700_000_000_000, wasSet };
  };
  return { pass };
}

it('goes on steadily when the wall clock is a little off', () => {
  const { pass } = clocks();
  expect(pass(10)).toEqual({ ms: 10, wasSet: false });
  expect(pass(-40, 10)).toEqual({ ms: 20, wasSet: false });
  expect(pass(60, 10)).toEqual({ ms: 30, wasSet: false });
});

it.each([
  ['a day back', -86_400_000],
  ['a year ahead', 31_536_000_000],
])('says so when the wall clock was set %s, once', (_, jumpMs) => {
  const { pass } = clocks();
  expect(pass(jumpMs, 0)).toEqual({ ms: jumpMs, wasSet: true });
  expect(pass(10)).toEqual({ ms: jumpMs + 10, wasSet: false });
});
