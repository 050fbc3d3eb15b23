import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What the agent publishes on `<base>/<board>/prediction` (retained). Times are epoch milliseconds. */
export type Prediction = z.infer<typeof prediction>;

export const prediction = z.strictObject({
  /** The same window gives the same id, so a restart repeats itself recognisably. See `predictionId`. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  ts: z.number(),
  window: z.strictObject({
    start: z.number(),
    end: z.number(),
    rows: z.int(),
    fill: z.number(),
    /** Standard deviation of the intervals between its samples; absent for fewer than three. */
    jitterMs: z.number().optional(),
  }),
  agent: z.string(),
  model: z.string(),
  task: z.string(),
  /** Null when the answer is unknown, and where the task asks for numbers only. */
  label: z.string().nullable(),
  /** How sure the label is; of a task that asks for numbers only, the most probable value of the first. */
  p: z.number(),
  probs: z.record(z.string(), z.number()),
  unknown: z.boolean(),
  /** What the task asks in numbers: mean and standard deviation, in `unit`. */
  value: z.record(z.string(), z.strictObject({ mean: z.number(), sd: z.number(), unit: z.string() })),
  /** From the arrival of the reading that completed the window to the publishing. */
  latencyMs: z.number(),
  replayed: z.boolean(),
});

/** 16 hex digits of SHA-256 over what makes a prediction that prediction. */
export function predictionId(board: string, task: string, bundleHash: string, windowStartMs: number): string {
  const key = JSON.stringify([board, task, bundleHash, windowStartMs]);
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
