import { describe, expect, it } from 'vitest';
import { promptTokens } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { Batches } from '../../trainer/engines/onnx/batches.ts';
import { toExampleSet } from '../../trainer/example-set.ts';
import { sampleLoss } from '../../trainer/sample-loss.ts';
import { taskTokenizer } from '../../trainer/task-tokenizer.ts';
import { ROWS, task } from './two-axes.ts';

const fitted = task();
const tokenizer = taskTokenizer('small', fitted);
const writer = promptWriter(fitted, tokenizer);
const rows = Array.from({ length: ROWS }, (_, r) => Float64Array.of(r < 2 ? -1 : 1, -1));
const prompt = [...writer.prefix, ...promptTokens(writer, rows)];
const examples = writer.completions.map(({ tokens }, label) => ({ prompt, answer: tokens, label }));

describe('the loss on samples', () => {
  const samples = sampleLoss({ weight: 0.7 }, fitted, writer);

  it('asks at each sample but the last for the one that follows, and never for the mark', () => {
    const set = toExampleSet(examples, prompt.length + 2, tokenizer.endOfText);
    const { ids, lossRows, targets, weight } = new Batches(set, 1, 1, { samples }).at(0);
    const asked = [...lossRows].slice(2); // the answer and its end stand first
    const from = writer.prefix.length;
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => from + i));
    expect([...targets].slice(2)).toEqual(asked.map((row) => ids[row + 1]!));
    expect([...targets].slice(2).map((id) => tokenizer.decode([id]))).toEqual([
      ...[' 10', ' 0', ' 10', ' 1', ' 10', ' 1', ' 10', ' 1', ' 10'],
    ]);
    expect([...weight].slice(2).reduce((sum, w) => sum + w, 0)).toBeCloseTo(0.7, 6);
  });

  it('leaves everything as it was where it is not asked for', () => {
    const set = toExampleSet(examples, prompt.length + 2, tokenizer.endOfText);
    expect(new Batches(set, 2, 1, {}).lossPositions).toBe(2);
    expect(new Batches(set, 2, 1, { samples }).lossPositions).toBe(2 + 2 * ROWS - 1);
  });
});
