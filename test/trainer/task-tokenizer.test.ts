import { describe, expect, it } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { taskTokenizer } from '../../trainer/task-tokenizer.ts';
import { fitted, rateTask } from '../protocols/examples.ts';

const task = fitted(rateTask());
const tokenizer = taskTokenizer('small', task);

describe('the small vocabulary of a task', () => {
  it('has one token for each number, each word of a label, the mark and the missing value', () => {
    const numbers = Array.from({ length: 80 }, (_, n) => ` ${n}`);
    for (const text of [...numbers, ' Tap', ' Double', ' Hold', ' ->', ' ?', 'Which', ' gesture', '?']) {
      expect(tokenizer.encode(text), text).toHaveLength(1);
    }
    expect(new Set(numbers.map((text) => tokenizer.encode(text)[0])).size).toBe(80);
  });

  it('is small, and still writes any text', () => {
    expect(tokenizer.vocabSize).toBeLessThan(500);
    const text = 'Größe 3.5 → ☕\n\0';
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("is the same at every run, or GPT-2's own where the recipe asks for it", () => {
    expect(taskTokenizer('small', task).hash).toBe(tokenizer.hash);
    expect(taskTokenizer('gpt2', task).hash).toBe(gpt2Tokenizer().hash);
  });
});
