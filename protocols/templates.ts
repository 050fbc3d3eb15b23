import { PaperPrompt } from './paper-prompt.ts';
import { labelText, type PromptWriter, type Tokenizer } from './prompt.ts';
import { StreamPrompt } from './stream-prompt.ts';
import type { FittedTask } from './task.ts';

/** The writer of a task's prompts, by the template its bundle names. */
export function promptWriter(task: FittedTask, tokenizer: Tokenizer): PromptWriter {
  const completions = task.spec.answers.labels.map((label) => ({
    label,
    tokens: [...tokenizer.encode(labelText(task, label)), tokenizer.endOfText],
  }));
  return task.template === 'stream'
    ? new StreamPrompt(task, tokenizer, completions)
    : new PaperPrompt(task, tokenizer, completions);
}
