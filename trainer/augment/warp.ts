import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';

/**
 * Another pace: time runs up to so much slower or faster, by a factor uniform in [1 - amount, 1 + amount]. Only the
 * readings' times change; the windower then averages more or fewer samples into a step, as it would live.
 */
export const warping = z.strictObject({
  kind: z.literal('warp'),
  amount: z.number().positive().max(0.5),
});

export function warped(
  recording: Recording,
  { amount }: z.infer<typeof warping>,
  pivotUs: number,
  random: RandomStream,
): Recording {
  const factor = 1 + amount * (2 * random.uniform() - 1);
  return {
    ...recording,
    timesUs: recording.timesUs.map((timeUs) => Math.round(pivotUs + (timeUs - pivotUs) * factor)),
  };
}
