import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';

/** A noisier sensor: to every value of these channels sigma * normal is added, in the channel's own unit. */
export const jittering = z.strictObject({
  kind: z.literal('jitter'),
  channels: z.array(z.string()).min(1),
  sigma: z.number().positive(),
});

export function jittered(
  recording: Recording,
  { channels: group, sigma }: z.infer<typeof jittering>,
  random: RandomStream,
): Recording {
  const { channels } = recording;
  const noisy = channels.map((channel) => group.includes(channel));
  const values = recording.values.map((value, k) =>
    noisy[k % channels.length] ? value + sigma * random.normal() : value,
  );
  return { ...recording, values };
}
