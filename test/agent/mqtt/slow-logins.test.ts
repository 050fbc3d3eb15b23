import { describe, expect, it } from 'vitest';
import { SlowLogins } from '../../../agent/mqtt/slow-logins.ts';

describe('wrong logins', () => {
  it('are answered later each time, by the address they come from', () => {
    const logins = new SlowLogins(() => 0);
    const delays = Array.from({ length: 7 }, () => logins.delayMs('192.168.1.5'));
    expect(delays).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(logins.delayMs('192.168.1.6')).toBe(200);
  });

  it('are forgotten after ten minutes without one', () => {
    let now = 0;
    const logins = new SlowLogins(() => now);
    logins.delayMs('a');
    now += 599_999;
    expect(logins.delayMs('a')).toBe(400);
    now += 600_000;
    expect(logins.delayMs('a')).toBe(200);
  });

  it('fill no memory: of many addresses, the oldest is forgotten', () => {
    const logins = new SlowLogins(() => 0);
    logins.delayMs('first');
    for (let i = 0; i < 1000; i++) logins.delayMs(`other ${i}`);
    expect(logins.delayMs('first')).toBe(200);
  });
});
