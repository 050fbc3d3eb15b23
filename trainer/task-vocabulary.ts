import type { PrunedFrom } from '../model/bundle.ts';
import { pruneTokenizer } from '../model/prune-tokenizer.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import type { FittedTask } from '../protocols/task.ts';
import { promptWriter } from '../protocols/templates.ts';
import type { Example } from './example-set.ts';

/** A vocabulary cut down to what a task uses, with where its rows come from. */
export interface TaskVocabulary {
  readonly tokenizer: BpeTokenizer;
  readonly prunedFrom: PrunedFrom;
  /** The same example in the new ids. */
  rename(example: Example): Example;
}

/**
 * Leaves out the tokens that a task never uses. Kept are those of the training examples, of every answer, and of every
 * number that a prompt can hold: the levels of the stream template, any number in the paper's, which writes samples as they
 * are. What else a later prompt may hold is written in its bytes.
 */
export function taskVocabulary(
  whole: BpeTokenizer,
  task: FittedTask,
  examples: readonly Example[],
): TaskVocabulary {
  const kept = new Set(numberTokens(whole, task));
  for (const { question, tokens } of promptWriter(task, whole).completions) {
    for (const id of [...(question?.tokens ?? []), ...tokens]) kept.add(id);
  }
  for (const { prompt, answer } of examples) for (const id of [...prompt, ...answer]) kept.add(id);
  const { tokenizer, ids } = pruneTokenizer(whole, kept);
  const newIds = new Map(ids.map((id, row) => [id, row]));
  const rename = (tokens: readonly number[]): number[] => tokens.map((id) => newIds.get(id)!);
  return {
    tokenizer,
    prunedFrom: { sha256: whole.hash, vocab: whole.vocabSize, ids: [...ids] },
    rename: (example) => ({ ...example, prompt: rename(example.prompt), answer: rename(example.answer) }),
  };
}

/** A piece of a list of numbers such as `[-1.5, 23]`; the byte alphabet writes a space as `Ġ`. */
const NUMBER_PART = /^Ġ?(\d+|[[\],.-]{1,2})$/;
const NOT_A_NUMBER = ['nan', ' nan', '[nan'];

function numberTokens(whole: BpeTokenizer, { template, quantisers, missingText }: FittedTask): number[] {
  if (template === 'tinyllm-paper') {
    const { tokens } = whole.vocabulary;
    const parts = [...tokens.keys()].filter((id) => NUMBER_PART.test(tokens[id]!));
    return [...parts, ...NOT_A_NUMBER.flatMap((text) => whole.encode(text))];
  }
  const levels = quantisers.flatMap(({ firstNumber, edges }) =>
    Array.from({ length: edges.length + 1 }, (_, level) => ` ${firstNumber + level}`),
  );
  return [missingText, ...levels].flatMap((text) => whole.encode(text));
}
