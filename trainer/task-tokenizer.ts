import { trainBpe } from '../model/bpe-trainer.ts';
import { gpt2Tokenizer } from '../model/gpt2-tokenizer.ts';
import { pretokens } from '../model/pretokens.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import { LABEL, labelsOf, numbersOf } from '../protocols/answers.ts';
import { labelText } from '../protocols/prompt.ts';
import { RESPONSE_MARK } from '../protocols/stream-prompt.ts';
import type { FittedTask } from '../protocols/task.ts';
import type { Recipe } from './recipe-keys.ts';

/**
 * The tokenizer of a task. The small one is trained to hold every word that the task's prompts and answers are made
 * of as one token, beside all bytes: a sensing model uses a few hundred of GPT-2's 50257 rows.
 */
export function taskTokenizer(kind: NonNullable<Recipe['tokenizer']>, task: FittedTask): BpeTokenizer {
  if (kind === 'gpt2') return gpt2Tokenizer();
  const { spec, quantisers, missingText } = task;
  const last = quantisers.at(-1)!;
  const numbers = Array.from({ length: last.firstNumber + last.edges.length + 1 }, (_, n) => ` ${n}`);
  const numbered = numbersOf(spec.answers).map(({ name }) => name);
  const questions = numbered.length > 0 ? [LABEL, ...numbered] : [];
  const words = [
    spec.instruction,
    RESPONSE_MARK,
    missingText,
    ...[...labelsOf(spec.answers), ...questions].map((name) => labelText(task, name)),
  ];
  return trainBpe([], { wholeWords: [...new Set([...words.flatMap(pretokens), ...numbers])] });
}
