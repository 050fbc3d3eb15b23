import type { EvaluationReport } from '../../evaluation.ts';
import { hasLabels, type LabelFigures } from '../../figures.ts';
import { dataTable } from '../data-table.ts';
import { duration, percent, percentInterval, points } from '../figures.ts';
import { type Content, html } from '../html.ts';
import { intervalBar } from '../interval-bar.ts';
import type { SectionWriter } from '../section.ts';

/** What model and classical method are judged by. */
type Judged = Pick<LabelFigures<EvaluationReport>, 'accuracy' | 'macroF1' | 'ci95' | 'shiftMean'>;

/** The model beside classical methods on the same rows, where they were asked for. */
export const baselines: SectionWriter = ({ report }) => {
  if (!report.baselines || report.baselines.length === 0 || !hasLabels(report)) return undefined;
  const figures = ({ accuracy, macroF1, ci95, shiftMean }: Judged): Content[] => [
    percent(accuracy),
    html`${intervalBar(accuracy, ci95.accuracy)}${percentInterval(ci95.accuracy)}`,
    percent(macroF1),
    shiftMean === null ? '' : percent(shiftMean),
  ];
  return {
    id: 'baselines',
    title: 'Beside classical methods',
    isWide: true,
    body: html`${dataTable('Accuracy of the model and of classical methods', [
      [
        '',
        'accuracy',
        '95 % interval',
        'macro-F1',
        report.shiftMean === null ? '' : 'mean over shifts',
        'the model leads by',
        'trained in',
      ],
      [html`<strong>this model</strong>`, ...figures(report), '', ''],
      ...report.baselines.map((baseline): Content[] => {
        const { value, ci95 } = baseline.modelMinusThis.accuracy;
        const lead = `${points(value)} (${ci95.map(points).join(' to ')})`;
        return [baseline.name, ...figures(baseline), lead, duration(baseline.trainMs / 1000)];
      }),
    ])}
    <p class="note">Trained and tested on the same rows as the model. The lead is in points of accuracy, by paired bootstrap.</p>`,
  };
};
