import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';

/** Another brightness, another strength: these channels multiplied together by exp(sigma * normal). */
export const scaling = z.strictObject({
  kind: z.literal('scale'),
  channels: z.array(z.string()).min(1),
  sigma: z.number().positive(),
});

export function scaled(
  recording: Recording,
  { channels: group, sigma }: z.infer<typeof scaling>,
  random: RandomStream,
): Recording {
  const { channels } = recording;
  const factor = Math.exp(sigma * random.normal());
  const factors = channels.map((channel) => (group.includes(channel) ? factor : 1));
  return { ...recording, values: recording.values.map((value, k) => value * factors[k % channels.length]!) };
}
