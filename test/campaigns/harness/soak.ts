import { soakCampaign } from '../soak.ts';
import type { Campaign } from './campaign.ts';
import { figure, type Target } from './figure.ts';

/** Of memory; and the shortest time over which a slope says something. */
const MOST_MB_PER_H = 2;
const LEAST_JUDGED_S = 600;
/** A leak with every message or board would be more within seconds. */
const MOST_GROWTH_MB = 4;
/** Eight that stay and those of the last seconds. */
const MOST_BOARDS = 20;
const MOST_RESOURCES = 4;

export const soak: Campaign = {
  name: 'soak',
  about:
    'An agent with the gesture model and its own broker lives a long day: eight boards gesture, each second a board of a ' +
    'new name speaks once and never again, a message is bad, and a clock is off by up to a year; every four seconds a ' +
    'viewer comes and goes. Its memory is looked at each second, after a collection: what lives (the heap and what hangs ' +
    'on it) and what the process holds but for the young generation of the heap. After a warm-up (a third of the time, half an hour at most) neither may grow by ' +
    'more than 2 MB an hour, taken as the median of the slopes between all samples. The gesture model answers all along.',
  unit: 's',
  smallSize: 30,
  /** An hour is judged, after half an hour in which V8 and the allocator come to their size. */
  fullSize: 5400,
  async run({ seed, size, folder, progress, signal }) {
    const figures = await soakCampaign({ seed, seconds: size, folder, progress, signal });
    const slope: [Target] | [] = figures.judgedS < LEAST_JUDGED_S ? [] : [{ most: MOST_MB_PER_H }];
    return [
      figure('judged, after the warm-up', Math.round(figures.judgedS), 's'),
      figure('memory that lives, slope', rounded(figures.liveMbPerH), 'MB/h', ...slope),
      figure('memory resident, slope', rounded(figures.residentMbPerH), 'MB/h', ...slope),
      figure('memory that lives, last third less first', rounded(figures.liveGrowthMb), 'MB', {
        most: MOST_GROWTH_MB,
      }),
      figure('memory resident, median', rounded(figures.residentMb), 'MB'),
      figure('predictions', figures.predictions, '', { least: 1 }),
      figure('names of boards heard', figures.names, ''),
      figure('boards remembered at most', figures.mostBoards, '', { most: MOST_BOARDS }),
      figure('sockets, timers and workers more than before', figures.moreResources, '', {
        most: MOST_RESOURCES,
      }),
    ];
  },
};

const rounded = (value: number): number => Math.round(value * 100) / 100;
