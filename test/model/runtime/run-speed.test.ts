import { describe, expect, it } from 'vitest';
import { RunSpeed } from '../../../model/runtime/run-speed.ts';

describe('the speed of a model', () => {
  it('is not known before its first run: nothing is hopeless', () => {
    expect(new RunSpeed().estimateMs(1000)).toBe(0);
  });

  it('is that of its runs, large ones counting for more, and of the last ones above all', () => {
    const speed = new RunSpeed();
    for (let run = 0; run < 50; run++) speed.observe(run % 2 === 0 ? 64 : 8, run % 2 === 0 ? 8 : 2);
    expect(speed.estimateMs(72)).toBeCloseTo(10, 0);
    for (let run = 0; run < 200; run++) speed.observe(64, 80);
    expect(speed.estimateMs(64)).toBeCloseTo(80, 0);
  });

  it('is taken to be a little better whenever a window was given up', () => {
    const speed = new RunSpeed();
    speed.observe(10, 100);
    for (let window = 0; window < 40; window++) speed.gaveUp();
    expect(speed.estimateMs(10)).toBeLessThan(2);
  });
});
