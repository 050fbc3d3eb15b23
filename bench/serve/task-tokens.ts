import { promptTokens } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { tokensToTell } from './label-path.ts';
import { randomRows, TASK, taskTokenizer, WINDOWS } from './task.ts';

/** The bench's task in tokens, for a program which knows nothing of tasks. */
export interface TaskTokens {
  /** Before every window. */
  readonly prefix: readonly number[];
  readonly windows: readonly (readonly number[])[];
  /** What has to be read after a window to tell each label from the others, by writing. */
  readonly toTell: readonly (readonly number[])[];
}

export function taskTokens(): TaskTokens {
  const writer = promptWriter(TASK, taskTokenizer());
  const labels = writer.completions.map(({ tokens }) => tokens);
  return {
    prefix: writer.prefix,
    windows: Array.from({ length: WINDOWS }, (_, i) => promptTokens(writer, randomRows(i))),
    toTell: labels.map((_, label) => tokensToTell(labels, label)),
  };
}
