import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SegmentTimes } from '../../../agent/outbox/segment-times.ts';

it('tells of each message when it, or one of the 63 before it, was made', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 300 }), fc.nat(), (gapsMs, pick) => {
      const times = new SegmentTimes();
      let nowMs = 0;
      const madeMs = gapsMs.map((gapMs, i) => {
        nowMs += gapMs;
        times.add(i, nowMs);
        return nowMs;
      });
      const index = pick % madeMs.length;
      expect(times.of(index)).toBeLessThanOrEqual(madeMs[index]!);
      expect(times.of(index)).toBeGreaterThanOrEqual(madeMs[Math.max(0, index - 63)]!);
    }),
  );
});

it('tells the own time of the first message after all others were done with', () => {
  const times = new SegmentTimes();
  for (let i = 0; i < 10; i++) times.add(i, i);
  times.clear();
  times.add(10, 500);
  expect(times.of(10)).toBe(500);
});
