import { type BaselineReport, bestBaseline, type ComparedFigures } from '../baselines/compare.ts';
import { dataTable } from './data-table.ts';
import { duration, percent, percentInterval, points } from './figures.ts';
import { type Content, type Html, html } from './html.ts';
import { intervalBar } from './interval-bar.ts';

/** The model and the classical methods, one a line; the best of these is marked. */
export function methodsTable(
  caption: string,
  model: ComparedFigures,
  methods: readonly BaselineReport[],
): Html {
  const best = bestBaseline(methods);
  const figures = ({ accuracy, macroF1, ci95, shiftMean }: ComparedFigures): Content[] => [
    percent(accuracy),
    html`${intervalBar(accuracy, ci95.accuracy)}${percentInterval(ci95.accuracy)}`,
    percent(macroF1),
    shiftMean === null ? '' : percent(shiftMean),
  ];
  return html`${dataTable(caption, [
    [
      '',
      'accuracy',
      '95 % interval',
      'macro-F1',
      model.shiftMean === null ? '' : 'mean over shifts',
      'the model leads by',
      'trained in',
    ],
    [html`<strong>this model</strong>`, ...figures(model), '', ''],
    ...methods.map((method): Content[] => {
      const { value, ci95 } = method.modelMinusThis.accuracy;
      const lead = `${points(value)} (${ci95.map(points).join(' to ')})`;
      const name = method === best ? html`${method.name} <small>best</small>` : method.name;
      return [name, ...figures(method), lead, duration(method.trainMs / 1000)];
    }),
  ])}
    <p class="note">Trained and tested on the same rows as the model; "augmented": on its own windows, drawn and changed by the
    same rules. The lead is in points of accuracy, by paired bootstrap.</p>`;
}
