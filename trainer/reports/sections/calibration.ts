import { type CalibrationBin, calibrationBins } from '../../metrics.ts';
import { count, percent, wholePercent } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { legendEntry, plot, xOf, yOf } from '../plot.ts';
import { linearScale, type Scale } from '../scale.ts';
import type { SectionWriter } from '../section.ts';

const UNIT = linearScale(0, 1);

/** Whether answers of p are right p of the time: a reliability diagram (Guo et al., 2017, figure 1). */
export const calibration: SectionWriter = ({ scored, report }) => {
  if (scored.length === 0 || report.ece === null) return undefined;
  const bins = calibrationBins(scored);
  const filled = bins.filter(({ n }) => n > 0);
  const most = linearScale(0, Math.max(...bins.map(({ n }) => n)), 3);
  return {
    id: 'calibration',
    title: 'Does it know when it is right?',
    body: html`${plot(
      {
        x: { scale: UNIT, format: wholePercent },
        y: { scale: UNIT, format: wholePercent },
        heightPx: 220,
        legend: [
          legendEntry('ink-accent', 'right, by probability of the answer'),
          legendEntry('ink-mark', 'probability on average'),
        ],
        description: `Reliability: ${filled.map((bin) => `of ${bin.n} answers at ${percent(bin.confidence)} on average, ${percent(bin.accuracy)} were right`).join('; ')}.`,
      },
      [
        html`<path class="ideal" d="M0 1000L1000 0"/>`,
        bins.map((bin, i) => bin.n > 0 && column(i, bins.length, UNIT, bin.accuracy, most.share(bin.n))),
        filled.map((bin) => gap(bin)),
      ],
    )}
    ${plot(
      {
        x: { scale: { ...UNIT, ticks: [] }, title: 'probability of the answer' },
        y: {
          scale: { ...most, ticks: most.ticks.filter((n) => n % 1 === 0) },
          title: 'answers',
          format: count,
        },
        heightPx: 56,
        description: `${filled.reduce((sum, { n }) => sum + n, 0)} answers, most of them in the bin of ${percent(filled.toSorted((a, b) => b.n - a.n)[0]!.confidence)}.`,
      },
      bins.map(({ n }, i) => n > 0 && column(i, bins.length, most, n)),
    )}
    <p class="note">Expected calibration error over ${bins.length} bins: ${percent(report.ece)}. On the dashed line, an answer of 80 % is right 4 times in 5.</p>`,
  };
};

/** Paler, the fewer answers it stands for. */
const column = (i: number, of: number, y: Scale, value: number, weight = 1): Html => {
  const [left, right] = [(1000 * i) / of, (1000 * (i + 1)) / of];
  const top = yOf(y, value);
  return html`<rect class="column ink-accent" x="${(left + 4).toFixed(1)}" y="${top}" width="${(right - left - 8).toFixed(1)}" height="${(1000 - top).toFixed(1)}" style="--weight: ${(0.3 + 0.7 * Math.sqrt(weight)).toFixed(2)}"/>`;
};

/** From what the answers say of themselves to how often they are right. */
const gap = ({ confidence, accuracy }: CalibrationBin): Html => html`
<path class="gap" d="M${xOf(UNIT, confidence)} ${yOf(UNIT, confidence)}V${yOf(UNIT, accuracy)}"/>
<path class="dots ink-mark" d="M${xOf(UNIT, confidence)} ${yOf(UNIT, confidence)}h0"/>`;
