import { describe, expect, it } from 'vitest';
import { promptTokens } from '../../protocols/prompt.ts';
import { fittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { Batches } from '../../trainer/engines/onnx/batches.ts';
import { toExampleSet } from '../../trainer/example-set.ts';
import { sampleLoss } from '../../trainer/sample-loss.ts';
import { taskTokenizer } from '../../trainer/task-tokenizer.ts';

const ROWS = 4;
const task = fittedTask.parse({
  spec: {
    name: 'two-axes',
    instruction: 'Lap or rest?',
    input: {
      kind: 'rate',
      rateHz: 5,
      maxGapMs: 400,
      channels: [{ channel: 'accel.x' }, { channel: 'accel.y' }],
    },
    window: { rows: ROWS, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['lap', 'rest'] },
  },
  template: 'stream',
  quantisers: [
    { channel: 'accel.x', firstNumber: 0, edges: [0] },
    { channel: 'accel.y', firstNumber: 10, edges: [0] },
  ],
  missingText: ' ?',
  unknownThreshold: 0,
  classPrior: {},
});
const tokenizer = taskTokenizer('small', task);
const writer = promptWriter(task, tokenizer);
const rows = Array.from({ length: ROWS }, (_, r) => Float64Array.of(r < 2 ? -1 : 1, -1));
const prompt = [...writer.prefix, ...promptTokens(writer, rows)];
const examples = writer.completions.map(({ tokens }, label) => ({ prompt, answer: tokens, label }));

describe('the loss on samples', () => {
  const samples = sampleLoss({ weight: 0.7 }, task, writer);

  it('asks at each sample but the last for the one that follows, and never for the mark', () => {
    const set = toExampleSet(examples, prompt.length + 2, tokenizer.endOfText);
    const { ids, lossRows, targets, weight } = new Batches(set, 1, 1, { samples }).at(0);
    const asked = [...lossRows].slice(2); // the answer and its end stand first
    const from = writer.prefix.length;
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => from + i));
    expect([...targets].slice(2)).toEqual(asked.map((row) => ids[row + 1]!));
    expect([...targets].slice(2).map((id) => tokenizer.decode([id]))).toEqual([
      ...[' 10', ' 0', ' 10', ' 1', ' 10', ' 1', ' 10'],
    ]);
    expect([...weight].slice(2).reduce((sum, w) => sum + w, 0)).toBeCloseTo(0.7, 6);
  });

  it('leaves everything as it was where it is not asked for', () => {
    const set = toExampleSet(examples, prompt.length + 2, tokenizer.endOfText);
    expect(new Batches(set, 2, 1, {}).lossPositions).toBe(2);
    expect(new Batches(set, 2, 1, { samples }).lossPositions).toBe(2 + 2 * ROWS - 1);
  });
});
