import { labelsOf } from '../../../protocols/answers.ts';
import type { StreamReport } from '../../stream-evaluation.ts';
import { IDLE } from '../../streams/seconds.ts';
import type { StreamStrip, StripPart } from '../../streams/strips.ts';
import { bars } from '../bars.ts';
import { count, duration, percent, plural, tickText } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { labelInks } from '../label-ink.ts';
import { legendEntry, plot, xOf, yOf } from '../plot.ts';
import { linearScale, type Scale } from '../scale.ts';
import type { SectionWriter } from '../section.ts';

/** Whole recordings through the live pipeline: how it went second by second. */
export const streams: SectionWriter = ({ report: { stream }, strips = [], task }) => {
  if (stream === null) return undefined;
  const { seconds, perGroup } = stream;
  return {
    id: 'streams',
    title: 'Live, second by second',
    isWide: true,
    body: html`<p class="note">${plural(stream.recordings, 'whole recording')} of people in the test split, ${plural(seconds, 'second')},
    through the pipeline of the agent. An answer is judged by what fills most of the window it was given for.</p>
    <dl class="facts">${facts(stream).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${strips.map((one) => strip(one, labelsOf(task.spec.answers)))}
    ${
      perGroup !== null &&
      html`<div class="columns">${bars(
        Object.entries(perGroup)
          .sort(([, a], [, b]) => a.accuracy - b.accuracy)
          .map(([name, group]) => ({
            name: html`${name} <small>${duration(group.n)}, macro-F1 ${percent(group.macroF1)}</small>`,
            share: group.accuracy,
            figure: percent(group.accuracy),
          })),
      )}</div>`
    }`,
  };
};

function facts({
  coverage,
  accuracy,
  macroF1,
  accuracyNow,
  unknown,
  latencyS: { changes, missed, p50, p95 },
}: StreamReport): [name: string, value: string][] {
  const facts: [string, string][] = [['Right', `${percent(accuracy)}, macro-F1 ${percent(macroF1)}`]];
  if (accuracyNow !== null) facts.push(['About the very second', `${percent(accuracyNow)} right`]);
  if (unknown !== null)
    facts.push(['Answered', `${percent(coverage)}, ${percent(unknown)} of it with unknown`]);
  if (p50 !== null && p95 !== null) {
    facts.push(
      ['A change is told after', `${p50.toFixed(1)} s (median), ${p95.toFixed(1)} s (95 %)`],
      ['Changes never told', `${missed} of ${changes}`],
    );
  }
  return facts;
}

/** The truth above, the answers below, and beneath them where these are wrong. */
function strip(
  { recording, group, durationS, accuracy, truth, answers, wrong }: StreamStrip,
  labels: readonly string[],
): Html {
  const inks = labelInks(labels);
  const told = new Set([...truth, ...answers].map(({ label }) => label));
  const shown = [...new Set([...labels.filter((label) => told.has(label)), ...told])];
  const x = linearScale(0, durationS, 6);
  return html`
<article class="strip">
<h3>${recording}${group !== undefined && html` <small>${group}</small>`}</h3>
${plot(
  {
    x: {
      scale: { ...x, high: durationS, share: (value) => value / durationS },
      format: (s) => `${tickText(s)} s`,
    },
    y: { scale: BANDS, format: (value) => (value > 0.5 ? 'true' : 'said') },
    heightPx: 96,
    description: `${count(durationS)} seconds, ${percent(accuracy)} of those answered right. In truth ${sequence(truth)}.`,
    legend: [
      shown.map((label) => legendEntry(inks.get(label) ?? 'rest', label)),
      wrong.length > 0 && legendEntry('ink-bad', 'not right'),
    ],
  },
  [
    truth.map((part) => block(part, x, [1, 0.56], inks)),
    answers.map((part) => block(part, x, [0.52, 0.08], inks)),
    wrong.map((part) => html`<rect class="block ink-bad" ${place(part, x, [0.05, 0])}/>`),
  ],
)}
</article>`;
}

/** Between 0 and 1, marked in the middle of either band. */
const BANDS: Scale = { ...linearScale(0, 1), ticks: [0.3, 0.78] };
/** So many changes are told in words. */
const MOST_TOLD = 12;

const sequence = (parts: readonly StripPart[]): string =>
  parts
    .slice(0, MOST_TOLD)
    .map(({ label, fromS }) => `${label} from ${fromS} s`)
    .join(', ') + (parts.length > MOST_TOLD ? ', and so on' : '');

const block = (
  part: StripPart,
  x: Scale,
  band: readonly [number, number],
  inks: ReadonlyMap<string, string>,
): Html =>
  html`<rect class="block ${part.label === IDLE ? 'rest' : (inks.get(part.label) ?? 'rest')}" ${place(part, x, band)}><title>${part.label}, ${part.fromS} to ${part.toS} s</title></rect>`;

const place = (
  { fromS, toS }: Omit<StripPart, 'label'>,
  x: Scale,
  [top, bottom]: readonly [number, number],
): Html =>
  html`x="${xOf(x, fromS)}" y="${yOf(BANDS, top)}" width="${(xOf(x, toS) - xOf(x, fromS)).toFixed(1)}" height="${(yOf(BANDS, bottom) - yOf(BANDS, top)).toFixed(1)}"`;
