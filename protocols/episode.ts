import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * What the agent publishes on `<base>/<board>/event` (not retained): something that begins, goes on and ends. An episode has
 * one `start` and one `end`, both with its `id`, and any number of `update`s in between.
 */
export type EpisodeEvent = z.infer<typeof episodeEvent>;

export const episodeEvent = z.strictObject({
  /** The same for all events of an episode, and again when the same windows are answered again. See `episodeId`. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** When the event was made; like `start` and `end` in epoch milliseconds. */
  ts: z.number(),
  type: z.enum(['start', 'update', 'end']),
  label: z.string(),
  /** How sure the label is: the mean of its smoothed probability over the windows so far. */
  p: z.number(),
  start: z.number(),
  /** Where it ends, or up to when it is known to go on. */
  end: z.number(),
  /** 1 for the first episode of its label in a row, 2 for the next: lengths swum, say. */
  count: z.int().min(1),
  task: z.string(),
  agent: z.string(),
  /** Whether the event had to wait for the broker. */
  replayed: z.boolean(),
});

/** 16 hex digits of SHA-256 over what makes an episode that episode. */
export function episodeId(
  board: string,
  task: string,
  { label, start }: Pick<EpisodeEvent, 'label' | 'start'>,
): string {
  const key = JSON.stringify([board, task, label, start]);
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
