import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Progress } from '../../../agent/outbox/progress.ts';

/** What may happen to a sender; numbers choose among what is possible. */
const happenings = fc.array(
  fc.oneof(
    fc.constant({ kind: 'send' as const }),
    fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat() }),
    fc.constant({ kind: 'reconnect' as const }),
  ),
  { maxLength: 200 },
);

it('sends every message, in order on each connection, again after a lost one, and never what was acknowledged', () => {
  fc.assert(
    fc.property(happenings, (events) => {
      const progress = new Progress(0);
      const acknowledged = new Set<number>();
      let sentNow: number[] = [];
      const sendNext = () => {
        for (let seq = 0; ; seq++) {
          if (!progress.isDue(seq)) continue;
          expect(acknowledged.has(seq)).toBe(false);
          expect(seq).toBeGreaterThan(sentNow.at(-1) ?? -1);
          progress.sent(seq);
          sentNow.push(seq);
          return;
        }
      };
      for (const event of events) {
        if (event.kind === 'send') sendNext();
        if (event.kind === 'reconnect') {
          progress.beginAgain();
          sentNow = [];
        }
        if (event.kind === 'acknowledge' && sentNow.length > 0) {
          const seq = sentNow[event.which % sentNow.length]!;
          acknowledged.add(seq);
          progress.settled(seq);
        }
        for (let seq = 0; seq < progress.acknowledgedBelow; seq++) expect(acknowledged.has(seq)).toBe(true);
      }
      // With nothing more lost, all arrive.
      progress.beginAgain();
      sentNow = [];
      const last = Math.max(-1, ...acknowledged) + 3;
      while (progress.acknowledgedBelow <= last) {
        sendNext();
        acknowledged.add(sentNow.at(-1)!);
        progress.settled(sentNow.at(-1)!);
      }
    }),
  );
});

it('passes over what was given up', () => {
  const progress = new Progress(5);
  expect([4, 5].map((seq) => progress.isDue(seq))).toEqual([false, true]);
  progress.sent(5);
  progress.gaveUp(7);
  expect(progress.acknowledgedBelow).toBe(8);
  expect([5, 7, 8].map((seq) => progress.isDue(seq))).toEqual([false, false, true]);
});
