import type { Interval } from '../metrics.ts';
import { type Html, html } from './html.ts';

/** A share and its interval on a line from 0 to 1. The figures stand beside it in words. */
export const intervalBar = (value: number, [low, high]: Interval): Html =>
  html`<span class="interval" aria-hidden="true"><i style="left: ${percents(low)}; width: ${percents(high - low)}"></i><b style="left: ${percents(value)}"></b></span>`;

const percents = (share: number): string => `${(100 * share).toFixed(1)}%`;
