import { parameterCount } from '../../../model/shape.ts';
import type { Interval } from '../../metrics.ts';
import { count, megabytes, percent, percentInterval } from '../figures.ts';
import { type Content, type Html, html } from '../html.ts';
import { intervalBar } from '../interval-bar.ts';
import type { RunReport } from '../section.ts';

/** Which model, and how good it is. */
export function headline({ recipe, task, shape, report, table }: RunReport): Html {
  const { accuracy, macroF1, ci95, n, shiftMean, latencyMs, unknown } = report;
  const shipped = table.variants.find(({ accepted }) => accepted) ?? table.variants[0]!;
  const over = report.perGroup === null ? 'rows' : 'sessions';
  return html`
<header>
  <p class="over">TinyLLM training report</p>
  <h1>${recipe.name}</h1>
  <p class="lead">${task.spec.instruction} ${choices(task.spec.answers.labels)}
    A language model of ${(parameterCount(shape) / 1e6).toFixed(2)} M parameters answers, and is right on
    <strong>${percent(accuracy)}</strong> of ${count(n)} test windows.</p>
  <dl class="tiles">
    ${tile('Accuracy', percent(accuracy), interval(ci95.accuracy, accuracy))}
    ${tile('Macro-F1', percent(macroF1), interval(ci95.macroF1, macroF1))}
    ${shiftMean !== null && tile('Mean over window shifts', percent(shiftMean), 'accuracy with the window moved')}
    ${tile('Sure enough to answer', percent(unknown.coverage), unknown.accuracy !== null && `right on ${percent(unknown.accuracy)} of those${unknown.coverage < 1 ? '; the others are given as unknown' : ''}`)}
    ${tile('Window to answer', `${latencyMs.p50.toFixed(1)} ms`, `median; 95 % within ${latencyMs.p95.toFixed(1)} ms, on the machine that trained it`)}
    ${tile('Model file', megabytes(shipped.fileBytes), `variant ${shipped.name}`)}
  </dl>
  <p class="note">On the test split, each distinct row once. Bands are 95 % bootstrap intervals over ${over}.</p>
</header>`;
}

const MOST_NAMED = 6;

const choices = (labels: readonly string[]): string =>
  labels.length <= MOST_NAMED
    ? `${labels.slice(0, -1).join(', ')} or ${labels.at(-1)}.`
    : `One of ${labels.length} answers.`;

const tile = (name: string, figure: string, detail: Content): Html =>
  html`<div><dt>${name}</dt><dd class="figure">${figure}</dd><dd class="detail">${detail}</dd></div>`;

const interval = (ends: Interval, value: number): Html =>
  html`${intervalBar(value, ends)}95 % interval ${percentInterval(ends)}`;
