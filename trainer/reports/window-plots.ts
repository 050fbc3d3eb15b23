import { unitOf } from '../../protocols/channels.ts';
import { levelOf } from '../../protocols/quantiser.ts';
import { type FittedTask, periodUs } from '../../protocols/task.ts';
import { tickText } from './figures.ts';
import { type Html, html } from './html.ts';
import { dotPath, legendEntry, linePath, type Point, plot } from './plot.ts';
import type { SampleWindow } from './sample-windows.ts';
import { extent, linearScale } from './scale.ts';

const UNIT_NAMES: Readonly<Record<string, string>> = { 'm/s2': 'm/s²', degC: '°C', uT: 'µT', '1': '' };

const unitName = (channel: string): string => UNIT_NAMES[unitOf(channel)] ?? unitOf(channel);

/** What the sensor measured and what the model read of it. */
export const windowPlots = (task: FittedTask, window: SampleWindow, inks: readonly string[]): Html =>
  task.spec.input.kind === 'rate' ? overTime(task, window, inks) : atOneMoment(task, window, inks);

/** A plot for each quantity, with a line for each of its channels: dots are the steps that the model read. */
function overTime({ spec }: FittedTask, { rows, measured }: SampleWindow, inks: readonly string[]): Html {
  const { input } = spec;
  if (input.kind !== 'rate') return html``;
  const periodS = periodUs(input) / 1e6;
  const x = linearScale(0, rows.length * periodS, 4);
  const names = input.channels.map(({ channel }) => channel);
  const quantities = [...new Set(names.map((name) => name.split('.')[0]!))];
  return html`<div class="lanes">${quantities.map((quantity, q) => {
    const channels = [...names.keys()].filter((c) => names[c]!.split('.')[0] === quantity);
    const lines = channels.map((c) => {
      const read = rows.map((row, i): Point => [(i + 0.5) * periodS, row[c]!]);
      const raw = measured.timesS
        .map((timeS, i): Point => [timeS, measured.channels[c]![i]!])
        .filter(([timeS]) => timeS >= 0 && timeS <= x.high);
      return { c, read, raw };
    });
    const range = extent(lines.flatMap(({ read, raw }) => [...read, ...raw].map(([, value]) => value))) ?? [
      0, 1,
    ];
    const y = linearScale(...range, 4);
    return plot(
      {
        x: { scale: x, format: (s) => (q === quantities.length - 1 ? `${tickText(s)} s` : '') },
        y: { scale: y, title: [quantity, unitName(names[channels[0]!]!)].filter(Boolean).join(', ') },
        heightPx: 84,
        legend:
          channels.length > 1 &&
          channels.map((c) => legendEntry(inks[c]!, names[c]!.split('.')[1] ?? names[c]!)),
        description: `${quantity} over ${tickText(x.high)} s, from ${tickText(range[0])} to ${tickText(range[1])} ${unitName(names[channels[0]!]!)}.`,
      },
      lines.map(({ c, read, raw }) => [
        html`<path class="line ${inks[c]} background" d="${linePath(raw, x, y)}"/>`,
        html`<path class="line ${inks[c]}" d="${linePath(read, x, y)}"/>`,
        html`<path class="dots small ${inks[c]}" d="${dotPath(read, x, y)}"/>`,
      ]),
    );
  })}</div>`;
}

/** The value of each channel, and where it lies among the levels that the model tells apart. */
function atOneMoment(
  { spec, quantisers }: FittedTask,
  { rows: [row] }: SampleWindow,
  inks: readonly string[],
): Html {
  return html`<ul class="bars moment">${spec.input.channels.map(({ channel }, c) => {
    const value = row?.[c] ?? Number.NaN;
    const quantiser = quantisers[c];
    const share = quantiser ? levelOf(quantiser, value) / Math.max(1, quantiser.edges.length) : 0;
    const figure = Number.isNaN(value) ? 'missing' : `${tickText4(value)} ${unitName(channel)}`;
    return html`<li class="${inks[c]}"><span class="name">${channel}</span><span class="figure">${figure}</span><span class="track">${!Number.isNaN(value) && quantiser && html`<span class="dot" style="left: ${(100 * share).toFixed(1)}%"></span>`}</span></li>`;
  })}</ul>
  <p class="note">Where each value lies among the levels that training gave its channel.</p>`;
}

/** Air pressure tells places apart by its fourth digit. */
const tickText4 = (value: number): string => String(Number(value.toPrecision(5)));
