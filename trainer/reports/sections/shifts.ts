import { percent, wholePercent } from '../figures.ts';
import { html } from '../html.ts';
import { lineChart } from '../line-chart.ts';
import type { Point } from '../plot.ts';
import { extent, linearScale } from '../scale.ts';
import type { SectionWriter } from '../section.ts';

/** Whether it matters where a window begins. */
export const shifts: SectionWriter = ({ report }) => {
  const points = Object.entries(report.shifts ?? {})
    .map(([shift, accuracy]): Point => [Number(shift), accuracy])
    .sort(([a], [b]) => a - b);
  const ends = extent(points.map(([shift]) => shift));
  const range = extent(points.map(([, accuracy]) => accuracy));
  if (!ends || !range) return undefined;
  const inPlace = points.find(([shift]) => shift === 0);
  return {
    id: 'shifts',
    title: 'Accuracy when the window is moved',
    body: html`${lineChart({
      x: {
        scale: linearScale(...ends, 10),
        title: 'samples later (+) or earlier (-) than the row',
        format: signed,
      },
      y: { scale: linearScale(Math.min(0.9, Math.floor(range[0] * 10) / 10), 1), format: wholePercent },
      series: [{ name: 'accuracy', className: 'ink-accent', points, hasDots: true }],
      ...(inPlace && { mark: { name: `as cut: ${percent(inPlace[1])}`, point: inPlace } }),
      description: `Accuracy by shift in samples: ${points.map(([k, share]) => `${signed(k)} ${percent(share)}`).join(', ')}.`,
    })}`,
  };
};

const signed = (shift: number): string => (shift > 0 ? `+${shift}` : String(shift));
