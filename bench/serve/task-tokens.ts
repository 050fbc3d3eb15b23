import { windowTokens } from '../../pipeline/measure/subject.ts';
import type { Completion, WindowLength } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { tokensToTell } from './label-path.ts';
import { randomRows, TASK, taskTokenizer, WINDOWS } from './task.ts';

/** The bench's task in tokens, for a program which knows nothing of tasks. */
export interface TaskTokens {
  /** Before every window. */
  readonly prefix: readonly number[];
  readonly windows: readonly (readonly number[])[];
  /** Tokens that come with each row of a window. */
  readonly rowTokens: readonly number[];
  readonly windowLength: WindowLength | undefined;
  /** What has to be read after a window to tell each label from the others, by writing. */
  readonly toTell: readonly (readonly number[])[];
}

export function taskTokens(): TaskTokens {
  const writer = promptWriter(TASK, taskTokenizer());
  const windows = Array.from({ length: WINDOWS }, (_, i) => windowTokens(writer, randomRows(i)));
  const labels = writer.completions.map(({ tokens }: Completion) => tokens);
  return {
    prefix: writer.prefix,
    windows: windows.map((rows) => rows.flat()),
    rowTokens: windows[0]!.map(({ length }) => length),
    windowLength: writer.windowLength,
    toTell: labels.map((_, label) => tokensToTell(labels, label)),
  };
}
