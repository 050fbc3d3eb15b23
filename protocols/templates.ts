import { digitsOf, LABEL, labelsOf, numbersOf, valuesOf } from './answers.ts';
import { PaperPrompt } from './paper-prompt.ts';
import { type Completion, labelText, type PromptWriter, type Tokenizer } from './prompt.ts';
import { StreamPrompt } from './stream-prompt.ts';
import type { FittedTask } from './task.ts';

/** The writer of a task's prompts, by the template its bundle names. */
export function promptWriter(task: FittedTask, tokenizer: Tokenizer): PromptWriter {
  const completions = completionsOf(task, tokenizer);
  return task.template === 'stream'
    ? new StreamPrompt(task, tokenizer, completions)
    : new PaperPrompt(task, tokenizer, completions);
}

/**
 * Every answer that a task admits: its labels, then the values of each number, ascending. A label is written as words are;
 * a number one token a character, so that values which begin alike share their first tokens. Where a task asks more than
 * one thing, the name of the question comes first: all of them are then scored in the same run.
 */
function completionsOf(task: FittedTask, tokenizer: Tokenizer): Completion[] {
  const { answers } = task.spec;
  const { endOfText } = tokenizer;
  const labels = labelsOf(answers).map(
    (label): Completion => ({ label, tokens: [...tokenizer.encode(labelText(task, label)), endOfText] }),
  );
  const numbers = numbersOf(answers).map((number) => ({
    name: number.name,
    completions: valuesOf(number).map((value): Completion => {
      const digits = digitsOf(number, value);
      return {
        label: digits,
        value,
        tokens: [...[...digits].flatMap((c) => tokenizer.encode(c)), endOfText],
      };
    }),
  }));
  if (numbers.length === 0) return labels;
  const questions = [...(labels.length > 0 ? [{ name: LABEL, completions: labels }] : []), ...numbers];
  return questions.flatMap(({ name, completions }) => {
    const question = { name, tokens: questions.length > 1 ? tokenizer.encode(labelText(task, name)) : [] };
    return completions.map((completion) => ({ question, ...completion }));
  });
}
