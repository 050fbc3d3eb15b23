import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';

/**
 * The other wrist: in a share of the windows the signs of these channels are turned. A mirror turns one component of an
 * acceleration and, since a rotation is a pseudovector, the other two of the rate of turn.
 */
export const mirroring = z.strictObject({
  kind: z.literal('mirror'),
  negate: z.array(z.string()).min(1),
  share: z.number().min(0).max(1),
});

export function mirrored(
  recording: Recording,
  { negate, share }: z.infer<typeof mirroring>,
  random: RandomStream,
): Recording {
  if (random.uniform() >= share) return recording;
  const { channels } = recording;
  const signs = channels.map((channel) => (negate.includes(channel) ? -1 : 1));
  return { ...recording, values: recording.values.map((value, k) => value * signs[k % channels.length]!) };
}
