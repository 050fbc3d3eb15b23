import { expect, it } from 'vitest';
import { answerText } from '../../agent/answer-text.ts';

type AnswerText = typeof answerText;
/** The page's own: a browser loads it as it stands. */
const page: { answerText: AnswerText } = await import(
  new URL('../../agent/dashboard/page/answers.js', import.meta.url).href
);

const place = { x: { mean: 3.24159, sd: 0.4, unit: 'm' }, y: { mean: -12.5, sd: 2, unit: 'm' } };

it.each<[string, Parameters<AnswerText>[0]]>([
  ['Hold', { label: 'Hold', unknown: false, value: {} }],
  ['unknown', { label: null, unknown: true, value: {} }],
  ['x 3.24 ± 0.40 m, y -12.5 ± 2.0 m', { label: null, unknown: false, value: place }],
  ['x 3 ± 10 m', { label: null, unknown: false, value: { x: { mean: 3.24159, sd: 10, unit: 'm' } } }],
  [
    'hall, x 3.2 ± 1.0 m',
    { label: 'hall', unknown: false, value: { x: { mean: 3.24159, sd: 1, unit: 'm' } } },
  ],
])('%s: the log and the page say the same', (text, answer) => {
  expect(answerText(answer)).toBe(text);
  expect(page.answerText(answer)).toBe(text);
});
