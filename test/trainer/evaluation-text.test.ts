import { expect, it } from 'vitest';
import { crossValidationText, evaluationText } from '../../trainer/evaluation-text.ts';
import { exampleRun } from './reports/example-run.ts';

const { report, crossValidation } = exampleRun();
const shiftsTo = (last: number) =>
  Object.fromEntries(Array.from({ length: 2 * last + 1 }, (_, i) => [i - last, i === 0 ? 1 : 0.5]));

it('sets shifts and accuracies below each other, in order, within 80 columns', () => {
  const text = evaluationText({ ...report, shifts: shiftsTo(5), shiftMean: 0.545, baselines: null });
  const lines = text.split('\n');
  const title = lines.indexOf('  accuracy with the window moved by so many samples, in percent; mean 54.5');
  expect(lines.slice(title, title + 4)).toEqual([
    lines[title],
    '     -5     -4     -3     -2     -1      0      1      2      3      4      5',
    `  100.0${'   50.0'.repeat(10)}`,
    '',
  ]);
  const wide = evaluationText({ ...report, shifts: shiftsTo(20), baselines: null }).split('\n');
  expect(Math.max(...wide.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(
    wide
      .filter((line) => /^( +-?\d+)+$/.test(line))
      .join('')
      .match(/-?\d+/g)!
      .map(Number),
  ).toEqual(Array.from({ length: 41 }, (_, i) => i - 20));
});

it('says nothing of shifts or methods that were not asked for', () => {
  const text = evaluationText({ ...report, shifts: null, shiftMean: null, baselines: null });
  expect(text).not.toMatch(/moved|leads|null|undefined|NaN/);
  expect(text.trimEnd().split('\n').slice(-4)).toEqual([
    '  truth   Tap  Double  Hold',
    '  Tap       2       1     0',
    '  Double    0       2     1',
    '  Hold      1       0     2',
  ]);
});

it('puts the figures of folds in the same words', () => {
  expect(
    crossValidationText({ ...crossValidation!, folds: 5, groups: 34, n: 329, accuracy: 0.8125 }),
  ).toMatch(
    /^on sessions never seen, 5 models: 329 rows of 34 sessions\n\n {2}accuracy {3}81\.3 % {3}95 % interval \d+\.\d % to \d+\.\d %\n {2}macro-F1 {3}\S+ % .*\n$/,
  );
});

it('sets the methods beside the folds where there are any', () => {
  const text = crossValidationText({ ...crossValidation!, baselines: report.baselines });
  expect(text).toMatch(/\n {2}this model .*\n {2}random forest .*\d/);
  expect(text).not.toMatch(/moved|null|undefined|NaN/);
});
