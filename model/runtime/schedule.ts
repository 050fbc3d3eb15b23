/** What a model could do next: one run of it. */
export type Job =
  /** An answer that somebody waits for. */
  | {
      readonly kind: 'score';
      readonly id: number;
      /** When it is worth nothing any more; infinity where there is no such time. */
      readonly deadlineMs: number;
      /** Ascending in the order in which they were asked for. */
      readonly asked: number;
    }
  /** A part of a window that still fills. */
  | {
      readonly kind: 'chunk';
      readonly id: number;
      /** Tokens until the window is complete; 0 where that is not known. */
      readonly toCome: number;
    }
  /** A token of a text. */
  | { readonly kind: 'token'; readonly id: number };

const RANK = { score: 0, chunk: 1, token: 2 } as const;

/**
 * Which job is next; undefined when there is none.
 *
 * 1. Answers: the earliest deadline, and of equal ones those asked for first. They come to an end one by one, and in order.
 * 2. Chunks of the window that is nearest its end, whatever its board: what must be read before a last sample does not wait
 *    behind what has time.
 * 3. Texts.
 */
export function mostUrgent(jobs: Iterable<Job>): Job | undefined {
  let best: Job | undefined;
  for (const job of jobs) if (!best || isBefore(job, best)) best = job;
  return best;
}

function isBefore(a: Job, b: Job): boolean {
  if (a.kind === 'score' && b.kind === 'score') {
    return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.asked < b.asked);
  }
  if (a.kind === 'chunk' && b.kind === 'chunk') {
    return a.toCome < b.toCome || (a.toCome === b.toCome && a.id < b.id);
  }
  return RANK[a.kind] < RANK[b.kind] || (RANK[a.kind] === RANK[b.kind] && a.id < b.id);
}
