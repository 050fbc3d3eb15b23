import { parameterCount } from '../../../model/shape.ts';
import { type Answers, labelsOf, numbersOf } from '../../../protocols/answers.ts';
import type { EvaluationReport } from '../../evaluation.ts';
import { hasLabels, type LabelFigures, numberFigures } from '../../figures.ts';
import type { Interval } from '../../metrics.ts';
import { count, errorText, megabytes, percent, percentInterval } from '../figures.ts';
import { type Content, type Html, html } from '../html.ts';
import { intervalBar } from '../interval-bar.ts';
import type { RunReport } from '../section.ts';

/** Which model, and how good it is. */
export function headline({ recipe, task, shape, report, table }: RunReport): Html {
  const { n, latencyMs } = report;
  const shipped = table.variants.find(({ accepted }) => accepted) ?? table.variants[0]!;
  const over = report.perGroup === null ? 'rows' : 'sessions';
  return html`
<header>
  <p class="over">TinyLLM training report</p>
  <h1>${recipe.name}</h1>
  <p class="lead">${task.spec.instruction} ${choices(task.spec.answers)}
    A language model of ${(parameterCount(shape) / 1e6).toFixed(2)} M parameters answers${
      hasLabels(report) &&
      html`, and is right on
    <strong>${percent(report.accuracy)}</strong> of ${count(n)} test windows`
    }.</p>
  <dl class="tiles">
    ${hasLabels(report) && labelTiles(report)}
    ${numberFigures(report).map(errorTile)}
    ${tile('Window to answer', `${latencyMs.p50.toFixed(1)} ms`, `median; 95 % within ${latencyMs.p95.toFixed(1)} ms, on the machine that trained it`)}
    ${tile('Model file', megabytes(shipped.fileBytes), `variant ${shipped.name}`)}
  </dl>
  <p class="note">On the test split, each distinct row once. Bands are 95 % bootstrap intervals over ${over}.</p>
</header>`;
}

const MOST_NAMED = 6;

const choices = (asked: Answers): string => {
  const labels = labelsOf(asked);
  const numbers = numbersOf(asked).map(({ name, min, max, unit }) => `${name} from ${min} to ${max} ${unit}`);
  if (labels.length === 0) return `It tells ${numbers.join(' and ')}.`;
  const named =
    labels.length <= MOST_NAMED
      ? `${labels.slice(0, -1).join(', ')} or ${labels.at(-1)}.`
      : `One of ${labels.length} answers.`;
  return numbers.length === 0 ? named : `${named} And ${numbers.join(' and ')}.`;
};

const labelTiles = ({
  accuracy,
  macroF1,
  ci95,
  shiftMean,
  unknown,
}: LabelFigures<EvaluationReport>): Html => html`
    ${tile('Accuracy', percent(accuracy), interval(ci95.accuracy, accuracy))}
    ${tile('Macro-F1', percent(macroF1), interval(ci95.macroF1, macroF1))}
    ${shiftMean !== null && tile('Mean over window shifts', percent(shiftMean), 'accuracy with the window moved')}
    ${tile('Sure enough to answer', percent(unknown.coverage), unknown.accuracy !== null && `right on ${percent(unknown.accuracy)} of those${unknown.coverage < 1 ? '; the others are given as unknown' : ''}`)}`;

const errorTile = ({ name, value, ci95 }: ReturnType<typeof numberFigures>[number]): Html =>
  tile(
    `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    errorText(value),
    `95 % interval ${ci95.map(errorText).join(' to ')}`,
  );

const tile = (name: string, figure: string, detail: Content): Html =>
  html`<div><dt>${name}</dt><dd class="figure">${figure}</dd><dd class="detail">${detail}</dd></div>`;

const interval = (ends: Interval, value: number): Html =>
  html`${intervalBar(value, ends)}95 % interval ${percentInterval(ends)}`;
