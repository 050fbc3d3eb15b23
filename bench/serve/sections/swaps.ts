import { median } from '../../../pipeline/measure/quantiles.ts';
import { type Figure, figure } from '../../figures.ts';
import { PinnedProcess } from '../../pinned-process.ts';

const SWAPS = 100;
const QUICK_SWAPS = 8;
/** Until then the process grows to what it needs. */
const SETTLED_SHARE = 0.2;
/** "Flat": it may end so many times larger than it was when it had settled. */
const FLAT = 1.1;

/** Memory of a process whose model is swapped again and again. */
export async function swapFigures(quick: boolean): Promise<Figure[]> {
  const process = new PinnedProcess('serve/swaps-process', '0');
  const swaps = quick ? QUICK_SWAPS : SWAPS;
  try {
    const rss = await process.ask<number[]>({ swaps });
    const part = Math.ceil(SETTLED_SHARE * swaps);
    const settled = median(rss.slice(part, 2 * part));
    const last = median(rss.slice(-part));
    return [
      figure({
        name: `30M: memory after ${swaps} model swaps, of what it was after ${part} to ${2 * part}`,
        unit: 'times',
        ours: last / settled,
        lessIsBetter: true,
        target: { most: FLAT },
        note: `${settled.toFixed(0)} MB, then ${last.toFixed(0)} MB`,
      }),
    ];
  } finally {
    await process.end();
  }
}
