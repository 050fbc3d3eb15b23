import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';
import { dropped, dropping } from './drop.ts';
import { jittered, jittering } from './jitter.ts';
import { mirrored, mirroring } from './mirror.ts';
import { rotated, rotation } from './rotate.ts';
import { scaled, scaling } from './scale.ts';
import { warped, warping } from './warp.ts';

/**
 * What a training window may have looked like with another person, another lamp or another clock. The rules of a recipe
 * are applied in their order to the readings, before a window is cut: what the model sees is always the agent's own view.
 */
export type Augmentation = z.infer<typeof augmentation>;

export const augmentation = z.discriminatedUnion('kind', [
  scaling,
  rotation,
  mirroring,
  jittering,
  warping,
  dropping,
]);

/** @param pivotUs the window's start, which stays where it is when time is stretched */
export function augmented(
  recording: Recording,
  rules: readonly Augmentation[],
  pivotUs: number,
  random: RandomStream,
): Recording {
  return rules.reduce((changed, rule, i) => apply(changed, rule, pivotUs, random.fork(i)), recording);
}

function apply(recording: Recording, rule: Augmentation, pivotUs: number, random: RandomStream): Recording {
  switch (rule.kind) {
    case 'scale':
      return scaled(recording, rule, random);
    case 'rotate':
      return rotated(recording, rule, random);
    case 'mirror':
      return mirrored(recording, rule, random);
    case 'jitter':
      return jittered(recording, rule, random);
    case 'warp':
      return warped(recording, rule, pivotUs, random);
    case 'drop':
      return dropped(recording, rule, random);
  }
}

/** The channels that a rule names, so that a recipe can be checked against its task. */
export function channelsOf(rule: Augmentation): readonly string[] {
  switch (rule.kind) {
    case 'scale':
    case 'jitter':
      return rule.channels;
    case 'mirror':
      return rule.negate;
    case 'rotate':
      return rule.triples.flat();
    case 'warp':
    case 'drop':
      return [];
  }
}
