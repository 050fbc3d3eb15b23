import { type NumberSpec, numbersOf } from '../../../protocols/answers.ts';
import type { Answered } from '../../answered.ts';
import { leadOf } from '../../baselines/compare-numbers.ts';
import { numberFigures } from '../../figures.ts';
import { dataTable } from '../data-table.ts';
import { errorText } from '../figures.ts';
import { type Content, type Html, html } from '../html.ts';
import { dotPath, type Point, plot, xOf, yOf } from '../plot.ts';
import { linearScale } from '../scale.ts';
import type { SectionWriter } from '../section.ts';

/** More dots than this hide one another. */
const MOST_DOTS = 1500;

/** For tasks that ask for numbers: the answers against the truth, and the errors of the model and of classical methods. */
export const numbers: SectionWriter = ({ task, answered, report }) => {
  const asked = numbersOf(task.spec.answers);
  if (asked.length === 0 || answered.length === 0) return undefined;
  return {
    id: 'numbers',
    title: 'Answer against truth',
    isWide: asked.length > 1,
    body: html`${asked.map((number, i) => scatter(number, i, answered))}
    ${
      report.numberBaselines !== null &&
      html`${errorTable(report, report.numberBaselines)}
    <p class="note">The same rows for all; the lead is by paired bootstrap, below 0 where the model errs less.</p>`
    }`,
  };
};

function scatter({ name, unit, min, max }: NumberSpec, n: number, answered: readonly Answered[]): Html {
  const scale = linearScale(min, max, 6);
  const every = Math.max(1, answered.length / MOST_DOTS);
  const points = Array.from({ length: Math.floor(answered.length / every) }, (_, i): Point => {
    const { truth, mean } = answered[Math.floor(i * every)]!.numbers[n]!;
    return [truth, mean];
  });
  return plot(
    {
      x: { scale, title: `true ${name}, ${unit}` },
      y: { scale, title: `answered ${name}, ${unit}` },
      heightPx: 260,
      description: `${name} answered against true for ${points.length} test windows.`,
    },
    [
      html`<path class="ideal" d="M${xOf(scale, min)} ${yOf(scale, min)}L${xOf(scale, max)} ${yOf(scale, max)}"/>`,
      html`<path class="dots ink-accent" d="${dotPath(points, scale, scale)}"/>`,
    ],
  );
}

type Report = Parameters<SectionWriter>[0]['report'];

function errorTable(report: Report, methods: NonNullable<Report['numberBaselines']>): Html {
  const own = numberFigures(report);
  const error = ({ value, ci95 }: (typeof own)[number]): Content[] => [
    errorText(value),
    ci95.map(errorText).join(' to '),
  ];
  return dataTable('Errors of the model and of classical methods', [
    ['', ...own.flatMap(({ name }) => [name, '95 % interval']), 'the model less this'],
    [html`<strong>this model</strong>`, ...own.flatMap(error), ''],
    ...methods.map((method): Content[] => {
      const { value, ci95 } = leadOf(method);
      const lead = `${value.toPrecision(2)} (${ci95.map((end) => end.toPrecision(2)).join(' to ')})`;
      return [method.name, ...numberFigures({ ...report, ...method }).flatMap(error), lead];
    }),
  ]);
}
