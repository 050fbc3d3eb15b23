import { describe, expect, it } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import {
  type Answers,
  answerOf,
  answers,
  digitsOf,
  labelsOf,
  type NumberSpec,
  nearestValue,
  numbersOf,
  valuesOf,
} from '../../protocols/answers.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { fitted, rateTask } from './examples.ts';

const rate: NumberSpec = { name: 'rate', unit: '1/min', min: 6, max: 30, decimals: 1 };
const height: NumberSpec = { name: 'height', unit: 'm', min: -1.5, max: 12, decimals: 1 };
const tokenizer = gpt2Tokenizer();

describe('the values of a number', () => {
  it('are all between its ends, in steps of its last decimal', () => {
    const values = valuesOf(rate);
    expect(values).toHaveLength(241);
    expect([values[0], values[1], values.at(-1)]).toEqual([6, 6.1, 30]);
    expect(valuesOf({ ...rate, decimals: 0 })).toEqual(Array.from({ length: 25 }, (_, i) => 6 + i));
  });

  it('are written with equally many digits, and a sign where there are any below zero', () => {
    expect([6, 7.5, 30].map((value) => digitsOf(rate, value))).toEqual(['060', '075', '300']);
    expect([-1.5, -0.1, 0, 12].map((value) => digitsOf(height, value))).toEqual([
      '-015',
      '-001',
      '+000',
      '+120',
    ]);
    for (const number of [rate, height]) {
      const written = valuesOf(number).map((value) => digitsOf(number, value));
      expect(new Set(written).size).toBe(written.length);
      expect(new Set(written.map(({ length }) => length)).size).toBe(1);
    }
  });

  it.each([
    [7.54, 7.5],
    [7.56, 7.6],
    [3, 6],
    [99, 30],
  ])('%d is told as %d', (value, told) => {
    expect(valuesOf(rate)[nearestValue(rate, value)]).toBe(told);
  });
});

describe('what a task asks', () => {
  it.each([
    ['the same number twice', { numbers: [rate, rate] }, 'a number stands twice'],
    ['no range', { numbers: [{ ...rate, min: 30 }] }, '`min` must lie below `max`'],
    ['ends between two values', { numbers: [{ ...rate, min: 6.05 }] }, 'more decimals than `decimals`'],
    ['too many values', { numbers: [{ ...rate, decimals: 3 }] }, 'more than 2000 values'],
    ['a number in the place of the label', { numbers: [{ ...rate, name: 'label' }] }, 'cannot be called'],
  ])('cannot be %s', (_, change, message) => {
    expect(answers.safeParse({ kind: 'numbers', ...change }).error!.issues[0]!.message).toContain(message);
  });

  it('is a label, numbers, or both', () => {
    const both: Answers = answers.parse({ kind: 'labels-and-numbers', labels: ['a', 'b'], numbers: [rate] });
    expect([labelsOf(both), numbersOf(both)]).toEqual([['a', 'b'], [rate]]);
    const labels = answers.parse({ kind: 'labels', labels: ['a', 'b'] });
    expect(numbersOf(labels)).toEqual([]);
    expect(labelsOf(answers.parse({ kind: 'numbers', numbers: [rate] }))).toEqual([]);
  });
});

describe('an answer', () => {
  const asked: Answers = {
    kind: 'labels-and-numbers',
    labels: ['a', 'b'],
    numbers: [{ name: 'n', unit: 'm', min: 1, max: 3, decimals: 0 }],
  };

  it('has the probabilities of its labels, and mean and deviation of its numbers', () => {
    expect(answerOf(asked, [0.25, 0.75, 0.25, 0.5, 0.25])).toEqual({
      probs: { a: 0.25, b: 0.75 },
      value: { n: { mean: 2, sd: Math.sqrt(0.5), unit: 'm', p: 0.5 } },
    });
  });

  it('to a task of labels has no value', () => {
    expect(answerOf({ kind: 'labels', labels: ['a', 'b'] }, [0.25, 0.75])).toEqual({
      probs: { a: 0.25, b: 0.75 },
    });
  });
});

describe('the completions', () => {
  const completionsOf = (asked: Answers) =>
    promptWriter(fitted({ ...rateTask(), answers: asked }), tokenizer).completions;

  it('of a number alone are its digits, one token each, straight after the mark', () => {
    const all = completionsOf({ kind: 'numbers', numbers: [rate] });
    expect(all.map(({ value }) => value)).toEqual(valuesOf(rate));
    expect(all[15]).toEqual({
      question: { name: 'rate', tokens: [] },
      label: '075',
      value: 7.5,
      tokens: [...['0', '7', '5'].map((digit) => tokenizer.encode(digit)[0]!), tokenizer.endOfText],
    });
  });

  it('of several questions begin with the name of each', () => {
    const all = completionsOf({
      kind: 'labels-and-numbers',
      labels: ['Tap', 'Hold'],
      numbers: [rate, height],
    });
    const asked = (name: string) => ({ name, tokens: tokenizer.encode(` ${name}`) });
    expect([...new Set(all.map(({ question }) => JSON.stringify(question)))]).toEqual(
      ['label', 'rate', 'height'].map((name) => JSON.stringify(asked(name))),
    );
    expect(all[1]).toEqual({
      question: asked('label'),
      label: 'Hold',
      tokens: [...tokenizer.encode(' Hold'), tokenizer.endOfText],
    });
  });

  it('of labels alone are the labels, with no question before them', () => {
    expect(completionsOf({ kind: 'labels', labels: ['Tap', 'Hold'] })).toEqual(
      ['Tap', 'Hold'].map((label) => ({
        label,
        tokens: [...tokenizer.encode(` ${label}`), tokenizer.endOfText],
      })),
    );
  });
});
