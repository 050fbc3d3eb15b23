import { describe, expect, it } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { RandomStream } from '../../model/random.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { taskVocabulary } from '../../trainer/task-vocabulary.ts';
import { fitted, rateTask } from '../protocols/examples.ts';

const whole = gpt2Tokenizer();
const task = fitted(rateTask());
const random = RandomStream.seeded(4);
const window = (most: number) =>
  Array.from({ length: task.spec.window.rows }, () =>
    Float64Array.from(task.spec.input.channels, () => (random.uniform() - 0.3) * most),
  );

describe.each(['stream', 'tinyllm-paper'] as const)(
  'the vocabulary of a task in the %s template',
  (template) => {
    const fittedTask = { ...task, template };
    const writer = promptWriter(fittedTask, whole);
    const example = (most: number) => ({
      prompt: [...writer.prefix, ...promptTokens(writer, window(most))],
      answer: writer.completions[0]!.tokens,
      label: 0,
    });
    const vocabulary = taskVocabulary(whole, fittedTask, [example(300)]);
    const { tokenizer, prunedFrom, rename } = vocabulary;
    const pruned = promptWriter(fittedTask, tokenizer);

    it('writes prompts that were not seen in training, and every answer, as GPT-2 would', () => {
      const original = (ids: readonly number[]) => ids.map((id) => prunedFrom.ids[id]);
      for (const most of [1, 30, 5000]) {
        const rows = window(most);
        expect(original([...pruned.prefix, ...promptTokens(pruned, rows)])).toEqual([
          ...writer.prefix,
          ...promptTokens(writer, rows),
        ]);
      }
      expect(pruned.completions.map(({ tokens }) => original(tokens))).toEqual(
        writer.completions.map(({ tokens }) => tokens),
      );
    });

    it('renames examples to what the new tokenizer makes of their text', () => {
      const before = example(300);
      const { prompt, answer, label } = rename(before);
      expect(label).toBe(0);
      expect(answer).toEqual(pruned.completions[0]!.tokens);
      expect(prompt).toEqual(tokenizer.encode(whole.decode(before.prompt)));
    });

    it('is a small part of GPT-2’s and says which', () => {
      expect(tokenizer.vocabSize).toBeLessThan(template === 'stream' ? 500 : 2100);
      expect(prunedFrom).toMatchObject({ sha256: whole.hash, vocab: 50257 });
      expect(prunedFrom.ids).toHaveLength(tokenizer.vocabSize);
    });
  },
);
