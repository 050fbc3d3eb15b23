import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';

/** A lossy link: each reading is missing with this probability. */
export const dropping = z.strictObject({
  kind: z.literal('drop'),
  share: z.number().positive().max(0.5),
});

export function dropped(
  recording: Recording,
  { share }: z.infer<typeof dropping>,
  random: RandomStream,
): Recording {
  const { timesUs, values, channels } = recording;
  const kept = Array.from(timesUs.keys()).filter(() => random.uniform() >= share);
  const width = channels.length;
  return {
    ...recording,
    timesUs: Float64Array.from(kept, (i) => timesUs[i]!),
    values: Float64Array.from({ length: kept.length * width }, (_, k) => {
      return values[kept[Math.floor(k / width)]! * width + (k % width)]!;
    }),
  };
}
