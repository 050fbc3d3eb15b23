import { swapCampaign } from '../swap.ts';
import type { Campaign } from './campaign.ts';
import { figure } from './figure.ts';

const MOST_P95_MS = 3000;

export const swap: Campaign = {
  name: 'swap',
  about:
    'A board sends at one end of a pair of pseudo-terminals, a link reads at the other. The pair is pulled (both names ' +
    'are gone) and made anew under another name, for as many times as the size says, away for up to half a second. ' +
    'Each time the link must find the board again: from the appearance of the name to the first reading in less than ' +
    'three seconds in 95 of 100. No descriptor may be left open, and no listener.',
  unit: 'replugs',
  smallSize: 5,
  fullSize: 200,
  async run({ seed, size, folder, progress, signal }) {
    const figures = await swapCampaign({ swaps: size, seed, folder, progress, signal });
    const { reopenMs, readingMs, descriptors } = figures;
    return [
      figure('port open after, median', reopenMs.p50, 'ms'),
      figure('port open after, p95', reopenMs.p95, 'ms', { most: MOST_P95_MS }),
      figure('first reading after, median', readingMs.p50, 'ms'),
      figure('first reading after, p95', readingMs.p95, 'ms', { most: MOST_P95_MS }),
      figure('first reading after, longest', readingMs.max, 'ms'),
      figure('descriptors more than before', descriptors.after - descriptors.before, '', { most: 0 }),
      figure('warnings of too many listeners', figures.listenerWarnings, '', { exactly: 0 }),
    ];
  },
};
