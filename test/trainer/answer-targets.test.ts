import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import type { Answers } from '../../protocols/answers.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { AnswerTargets } from '../../trainer/answer-targets.ts';
import { taskTokenizer } from '../../trainer/task-tokenizer.ts';
import { fitted, rateTask, recordingOf } from '../protocols/examples.ts';

const answers: Answers = {
  kind: 'labels-and-numbers',
  labels: ['Tap', 'Hold'],
  numbers: [{ name: 'seconds', unit: 's', min: 0, max: 9, decimals: 1 }],
};
const spec = { ...rateTask(), answers };
const task = fitted(spec);
const tokenizer = taskTokenizer('small', task);
const { completions } = promptWriter(task, tokenizer);
const row = {
  id: 'r',
  label: 'Hold',
  numbers: { seconds: 4.52 },
  splits: {},
  recording: recordingOf(['light.red'], [[0, 1]]),
};

describe('the targets of a row', () => {
  it('are one for each question: its name in the prompt, the answer in the loss', () => {
    const targets = new AnswerTargets(spec, completions).of(row);
    expect(
      targets.map(({ question, answer }) => [tokenizer.decode(question), tokenizer.decode(answer)]),
    ).toEqual([
      [' label', ' Hold<|endoftext|>'],
      [' seconds', '45<|endoftext|>'],
    ]);
    expect(targets.map(({ label }) => completions[label]!.label)).toEqual(['Hold', '45']);
    // The vocabulary knows the names as words, and every digit is one token.
    expect(targets.map(({ question, answer }) => [question.length, answer.length])).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });

  it('lie around the truth where a recipe asks for it, within the range, and never move a label', () => {
    const targets = new AnswerTargets(spec, completions, 0.5);
    const drawn = Array.from({ length: 2000 }, (_, i) => targets.of(row, RandomStream.seeded(1).fork(i)));
    const values = drawn.map(([, number]) => completions[number!.label]!.value!);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean - 4.52)).toBeLessThan(0.05);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.05);
    expect(new Set(drawn.map(([label]) => label!.label))).toEqual(new Set([1]));
    const edge = { ...row, numbers: { seconds: 9 } };
    const atEdge = Array.from({ length: 50 }, (_, i) => targets.of(edge, RandomStream.seeded(2).fork(i))[1]!);
    expect(Math.max(...atEdge.map(({ label }) => completions[label]!.value!))).toBe(9);
    expect(targets.of(row)).toEqual(new AnswerTargets(spec, completions).of(row));
  });
});
