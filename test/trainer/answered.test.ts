import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import type { Answers, NumberSpec } from '../../protocols/answers.ts';
import { type Answered, answeredRow, positionErrorM } from '../../trainer/answered.ts';
import { figuresOf, hasLabels, numberFigures } from '../../trainer/figures.ts';
import { recordingOf } from '../protocols/examples.ts';

const x: NumberSpec = { name: 'x', unit: 'm', min: 0, max: 10, decimals: 1 };
const y: NumberSpec = { ...x, name: 'y' };
const place: Answers = { kind: 'numbers', numbers: [x, y] };
const at = (trueX: number, trueY: number, meanX: number, meanY: number): Answered => ({
  numbers: [
    { truth: trueX, mean: meanX, sd: 1 },
    { truth: trueY, mean: meanY, sd: 1 },
  ],
});

it('an answer stands beside the truth of its row', () => {
  const row = {
    id: 'r',
    label: 'b',
    numbers: { x: 2 },
    splits: {},
    recording: recordingOf(['sound'], [[0, 1]]),
  };
  const asked: Answers = { kind: 'labels-and-numbers', labels: ['a', 'b'], numbers: [x] };
  const given = { probs: { a: 0.25, b: 0.75 }, value: { x: { mean: 3, sd: 0.5, unit: 'm', p: 0.1 } } };
  expect(answeredRow(asked, row, given)).toEqual({
    label: { truth: 1, probs: [0.25, 0.75] },
    numbers: [{ truth: 2, mean: 3, sd: 0.5 }],
  });
});

describe('the figures of numbers', () => {
  const answered = [at(1, 1, 4, 5), at(2, 2, 2, 2), at(3, 3, 3, 4)];

  it('are the mean absolute error of each and the mean distance of x and y', () => {
    const figures = figuresOf(place, answered);
    expect(figures).toMatchObject({
      accuracy: null,
      macroF1: null,
      confusion: null,
      mae: { x: 1, y: 5 / 3 },
    });
    expect(figures.positionErrorM).toBeCloseTo((5 + 0 + 1) / 3, 12);
    expect(hasLabels(figures)).toBe(false);
    expect(numberFigures(figures).map(({ value }) => value)).toEqual([1, 5 / 3, 2]);
  });

  it('have no distance where x and y are no metres', () => {
    expect(positionErrorM([x, { ...y, unit: 's' }], answered)).toBeNull();
    expect(positionErrorM([y, x], answered)).not.toBeNull();
    expect(
      figuresOf({ kind: 'numbers', numbers: [{ ...x, name: 'depth' }] }, answered).positionErrorM,
    ).toBeNull();
  });

  it('lie within their intervals, which are wider where rows of one session are drawn together', () => {
    const random = RandomStream.seeded(4);
    // Each of ten sessions has an error of its own; its rows hardly differ.
    const groups = Array.from({ length: 100 }, (_, i) => `s${i % 10}`);
    const many = groups.map((group) => at(5, 5, 5 + Number(group.slice(1)) / 3 + 0.01 * random.normal(), 5));
    const single = figuresOf(place, many);
    const grouped = figuresOf(place, many, groups);
    const width = (ends: readonly [number, number]) => ends[1] - ends[0];
    expect(single.ci95.mae!.x![0]).toBeLessThan(single.mae!.x!);
    expect(single.ci95.mae!.x![1]).toBeGreaterThan(single.mae!.x!);
    expect(width(grouped.ci95.mae!.x!)).toBeGreaterThan(2 * width(single.ci95.mae!.x!));
    expect(single.ci95.positionErrorM).toEqual(single.ci95.mae!.x);
  });
});

it('a task of labels has no figures of numbers', () => {
  const figures = figuresOf({ kind: 'labels', labels: ['a', 'b'] }, [
    { label: { truth: 0, probs: [0.9, 0.1] }, numbers: [] },
    { label: { truth: 1, probs: [0.8, 0.2] }, numbers: [] },
  ]);
  expect(figures).toMatchObject({ accuracy: 0.5, mae: null, positionErrorM: null });
  expect(Object.keys(figures.ci95)).toEqual(['accuracy', 'macroF1']);
  expect(numberFigures(figures)).toEqual([]);
});
