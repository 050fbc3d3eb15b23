import { tickText } from './figures.ts';
import { type Content, type Html, html } from './html.ts';
import type { Scale } from './scale.ts';

export interface Axis {
  readonly scale: Scale;
  /** What it measures, with its unit. */
  readonly title?: string;
  readonly format?: (value: number) => string;
}

export interface PlotFrame {
  readonly x: Axis;
  readonly y: Axis;
  readonly heightPx: number;
  /** What the drawing shows, for those who do not see it. */
  readonly description: string;
  readonly legend?: Content;
}

/**
 * A drawing with axes. The picture stretches with the page, as its strokes do not; the captions are text of the page
 * beside it, so they keep their size on a phone.
 */
export const plot = ({ x, y, heightPx, description, legend }: PlotFrame, drawing: Content): Html => html`
<div class="chart">
  ${(legend || y.title) && html`<p class="legend">${y.title && html`<span>${y.title}</span>`}${legend}</p>`}
  <div class="plot" style="--height: ${heightPx}px">
    <div class="y-ticks" aria-hidden="true">${y.scale.ticks.map((tick) => html`<span style="bottom: ${along(y.scale, tick)}">${(y.format ?? tickText)(tick)}</span>`)}</div>
    <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label="${description}">
      <path class="grid" d="${y.scale.ticks.map((tick) => `M0 ${yOf(y.scale, tick)}H1000`).join('')}"/>
      ${drawing}
    </svg>
    <div class="x-ticks" aria-hidden="true">${x.scale.ticks.map((tick) => html`<span style="left: ${along(x.scale, tick)}">${(x.format ?? tickText)(tick)}</span>`)}</div>
  </div>
  ${x.title && html`<p class="x-title">${x.title}</p>`}
</div>`;

const along = (scale: Scale, value: number): string => `${round(100 * scale.share(value))}%`;

/** Picture coordinates: 1000 wide and high, y downwards. */
export const xOf = (scale: Scale, value: number): number => round(1000 * scale.share(value));
export const yOf = (scale: Scale, value: number): number => round(1000 - 1000 * scale.share(value));

export type Point = readonly [x: number, y: number];

/** A line through the points, broken where a value is missing (NaN). */
export function linePath(points: readonly Point[], x: Scale, y: Scale): string {
  let isOpen = false;
  return points
    .map(([px, py]) => {
      const command = isOpen ? 'L' : 'M';
      isOpen = !Number.isNaN(py);
      return isOpen ? `${command}${xOf(x, px)} ${yOf(y, py)}` : '';
    })
    .join('');
}

/** A dot on each point: strokes without length, whose round caps stay round however the picture is stretched. */
export const dotPath = (points: readonly Point[], x: Scale, y: Scale): string =>
  points.map(([px, py]) => (Number.isNaN(py) ? '' : `M${xOf(x, px)} ${yOf(y, py)}h0`)).join('');

/** An entry of a legend: a swatch in the ink of the class, and what it stands for. */
export const legendEntry = (className: string, name: string): Html =>
  html`<span class="key ${className}">${name}</span>`;

/** Tenths of a unit are finer than any screen. */
const round = (value: number): number => Math.round(value * 10) / 10;
