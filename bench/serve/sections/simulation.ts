import { setTimeout } from 'node:timers/promises';
import { RandomStream } from '../../../model/random.ts';
import { steadyMs } from '../../../model/runtime/deadline.ts';
import { quantile } from '../../../trainer/fit-quantisers.ts';
import { type Figure, figure } from '../../figures.ts';
import { PinnedProcess } from '../../pinned-process.ts';
import type { Size } from '../models.ts';
import type { Simulated, SimulationOrder, Told } from '../simulation-process.ts';
import { ROW_MS, WINDOW_ROWS } from '../task.ts';
import { timetable } from '../timetable.ts';

interface Scene {
  readonly size: Size;
  readonly boards: number;
  readonly windows: number;
  readonly mostP50Ms?: number;
  readonly mostP99Ms?: number;
  readonly mostMissed?: number;
}

/** A window takes 1.4 s. */
const SCENES: readonly Scene[] = [
  { size: '30M', boards: 1, windows: 30, mostP50Ms: 4, mostMissed: 0 },
  { size: '30M', boards: 20, windows: 12, mostP50Ms: 5, mostP99Ms: 15, mostMissed: 0 },
  { size: '30M', boards: 40, windows: 12, mostMissed: 0 },
  { size: '124M', boards: 1, windows: 15, mostP50Ms: 18, mostMissed: 0 },
];
const QUICK_WINDOWS = 2;

/** Boards in real time, switched on at random moments: from the last sample of a window to its scores. int8, one core. */
export async function simulationFigures(quick: boolean): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const scene of SCENES.filter(({ size }) => !quick || size === '30M')) {
    figures.push(...(await sceneFigures({ ...scene, windows: quick ? QUICK_WINDOWS : scene.windows })));
  }
  return figures;
}

async function sceneFigures(scene: Scene): Promise<Figure[]> {
  const { size, boards, windows, mostP50Ms, mostP99Ms, mostMissed } = scene;
  const { latenciesMs, missed, busyShare } = await simulated({ size, variant: 'int8', boards, windows });
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const name = (what: string) =>
    `${size} int8, ${boards === 1 ? '1 board' : `${boards} boards`} in real time on one core: ${what}`;
  const atMost = (most: number | undefined) => (most === undefined ? undefined : { most });
  return [
    figure({
      name: name('last sample to scores, median'),
      unit: 'ms',
      ours: quantile(sorted, 0.5),
      lessIsBetter: true,
      target: atMost(mostP50Ms),
      note: `${latenciesMs.length} windows, the core ${Math.round(100 * busyShare)} % busy`,
    }),
    figure({
      name: name('p99'),
      unit: 'ms',
      ours: quantile(sorted, 0.99),
      lessIsBetter: true,
      target: atMost(mostP99Ms),
    }),
    figure({
      name: name('windows without an answer in time'),
      unit: '',
      ours: missed,
      target: atMost(mostMissed),
    }),
  ];
}

/** This process plays the boards on the other core, as boards are elsewhere in life; the model has one of its own. */
async function simulated(order: SimulationOrder): Promise<Simulated> {
  const process = new PinnedProcess('serve/simulation-process', '0');
  try {
    await process.ask({ type: 'start', order } satisfies Told);
    const { boards, windows } = order;
    const due = timetable(
      { boards, windows, windowRows: WINDOW_ROWS, rowMs: ROW_MS },
      RandomStream.seeded(boards),
    );
    const startMs = steadyMs();
    for (const { dueMs, ...row } of due) {
      const leftMs = startMs + dueMs - steadyMs();
      if (leftMs > 0) await setTimeout(leftMs);
      process.tell({ type: 'row', ...row, sampleMs: steadyMs() } satisfies Told);
    }
    return await process.ask<Simulated>({ type: 'end' } satisfies Told);
  } finally {
    await process.end();
  }
}
