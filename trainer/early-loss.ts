import type { PromptWriter } from '../protocols/prompt.ts';
import { type FittedTask, isRateTask } from '../protocols/task.ts';
import type { EarlyLossSettings } from './finetune-settings.ts';
import { checkFirstTokens } from './first-tokens.ts';

/** Where a prompt is asked for its label before its end. */
export interface EarlyLoss {
  /** Tokens of every prompt, from 0: the last of each time step that counts. Ascending. */
  readonly positions: readonly number[];
  /** What each counts, where a token of the answer counts 1. */
  readonly weight: number;
}

/**
 * At the last token of each time step from `fromShare` of the window on, in the stream template: prefix, then a token for
 * each channel of each step, then the mark. Throws `TinyError` where labels do not differ in their first token.
 */
export function earlyLoss(
  { fromShare, weight }: EarlyLossSettings,
  { spec, template }: FittedTask,
  { prefix, completions }: Pick<PromptWriter, 'prefix' | 'completions'>,
): EarlyLoss {
  if (template !== 'stream' || !isRateTask(spec))
    throw new RangeError('only a stream of time steps has later ones');
  checkFirstTokens('finetune.earlyLoss', completions);
  const { rows } = spec.window;
  const channels = spec.input.channels.length;
  const first = Math.floor(fromShare * rows);
  const positions = Array.from(
    { length: rows - first },
    (_, i) => prefix.length + (first + i + 1) * channels - 1,
  );
  return { positions, weight: weight / positions.length };
}
