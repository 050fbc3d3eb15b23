import type { RandomStream } from '../model/random.ts';
import type { Recording } from '../protocols/recording.ts';
import type { Recipe } from './recipe.ts';

/** A recording with groups of channels made stronger or weaker together: another lamp, another arm. */
export function scaled(
  recording: Recording,
  rules: Recipe['windows']['scale'],
  random: RandomStream,
): Recording {
  if (rules.length === 0) return recording;
  const { channels } = recording;
  const factors = new Float64Array(channels.length).fill(1);
  for (const { channels: group, sigma } of rules) {
    const factor = Math.exp(sigma * random.normal());
    for (const channel of group) {
      const c = channels.indexOf(channel);
      if (c >= 0) factors[c]! *= factor;
    }
  }
  return { ...recording, values: recording.values.map((value, k) => value * factors[k % channels.length]!) };
}
