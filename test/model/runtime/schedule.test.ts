import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { type Job, mostUrgent } from '../../../model/runtime/schedule.ts';

const random = RandomStream.seeded(71);
const NEVER = Number.POSITIVE_INFINITY;

function randomJob(id: number): Job {
  const kind = random.integer(3);
  if (kind === 0) {
    return { kind: 'score', id, deadlineMs: random.integer(2) ? NEVER : random.integer(5), asked: id };
  }
  return kind === 1 ? { kind: 'chunk', id, toCome: random.integer(5) } : { kind: 'token', id };
}

/** All jobs in the order in which they would be done. */
function orderOf(jobs: readonly Job[]): Job[] {
  const left = [...jobs];
  const order: Job[] = [];
  for (let job = mostUrgent(left); job; job = mostUrgent(left)) {
    order.push(job);
    left.splice(left.indexOf(job), 1);
  }
  return order;
}

describe('what a model does next', () => {
  it('is nothing when there is nothing', () => {
    expect(mostUrgent([])).toBeUndefined();
  });

  it('does not depend on the order in which it looks, and leaves nothing out', () => {
    for (let trial = 0; trial < 200; trial++) {
      const jobs = Array.from({ length: 1 + random.integer(12) }, (_, id) => randomJob(id));
      const order = orderOf(jobs);
      expect(order).toHaveLength(jobs.length);
      expect(orderOf(Array.from(random.permutation(jobs.length), (i) => jobs[i]!))).toEqual(order);
    }
  });

  it('is an answer first, then a chunk, then a text; by deadline, by the end of the window, by age', () => {
    for (let trial = 0; trial < 200; trial++) {
      const order = orderOf(Array.from({ length: 12 }, (_, id) => randomJob(id)));
      const keys = order.map((job) => {
        if (job.kind === 'score') return [0, job.deadlineMs, job.asked];
        return job.kind === 'chunk' ? [1, job.toCome, job.id] : [2, 0, job.id];
      });
      for (const [i, key] of keys.entries()) {
        const before = keys[i - 1];
        if (!before) continue;
        const differs = before.findIndex((part, k) => part !== key[k]);
        expect(before[differs]!).toBeLessThan(key[differs]!);
      }
    }
  });
});
