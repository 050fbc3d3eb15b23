import { type FittedTask, isRateTask } from '../protocols/task.ts';
import type { SampleLossSettings } from './finetune-settings.ts';

/** Where a prompt is asked for the sample that follows. */
export interface SampleLoss {
  /** Tokens of every prompt, from 0: each sample of the window but the last. Ascending. */
  readonly positions: readonly number[];
  /** What each counts, where a token of the answer counts 1. */
  readonly weight: number;
}

/** In the stream template: prefix, then a token for each channel of each step, then the mark. */
export function sampleLoss(
  { weight }: SampleLossSettings,
  { spec, template }: FittedTask,
  { prefix }: { readonly prefix: readonly number[] },
): SampleLoss {
  if (template !== 'stream' || !isRateTask(spec)) throw new RangeError('only a stream has samples in a row');
  const count = spec.window.rows * spec.input.channels.length - 1;
  const positions = Array.from({ length: count }, (_, i) => prefix.length + i);
  return { positions, weight: weight / count };
}
