import { setTimeout } from 'node:timers/promises';
import { openBundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { RandomStream } from '../../model/random.ts';
import { steadyMs } from '../../model/runtime/deadline.ts';
import type { Thought } from '../../pipeline/brain.ts';
import { startBrain } from '../../pipeline/tiny-brain.ts';
import { type Size, servedModel, type Variant } from './models.ts';
import { ROW_MS, WINDOW_MS, WINDOW_ROWS } from './task.ts';
import { timetable } from './timetable.ts';

/** A process that plays boards at their own pace to a model: `SimulationOrder` in, `Simulated` out. */
export interface SimulationOrder {
  readonly size: Size;
  readonly variant: Variant;
  readonly boards: number;
  /** Of each board. */
  readonly windows: number;
}

export interface Simulated {
  /** From the last sample of a window to its scores, of the windows that were answered. */
  readonly latenciesMs: readonly number[];
  /** Not answered before the board's next window was over, which is their deadline. */
  readonly missed: number;
  /** Of one core. */
  readonly busyShare: number;
}

/** A timer of Node's fires up to so much late. A board's sample would not. */
const TIMER_MS = 1;
const WARM_UP_WINDOWS = 3;

process.on('message', async (order: SimulationOrder) => void process.send!(await simulate(order)));

async function simulate({ size, variant, boards, windows }: SimulationOrder): Promise<Simulated> {
  const bundle = await openBundle((await servedModel(size)).bundle);
  const windowsOfRows = (await readGolden(bundle)).map(({ rows }) => rowsFromJson(rows));
  const brain = await startBrain(bundle, { variant });
  for (let i = 0; i < WARM_UP_WINDOWS; i++) {
    const thought = brain.open();
    thought.push(windowsOfRows[i]!);
    await thought.score();
  }

  const due = timetable(
    { boards, windows, windowRows: WINDOW_ROWS, rowMs: ROW_MS },
    RandomStream.seeded(boards),
  );
  const open = new Map<number, Thought>();
  const answers: Promise<number>[] = [];
  const before = process.cpuUsage();
  const startMs = performance.now();
  for (const { dueMs, board, window, row } of due) {
    await until(startMs + dueMs);
    const sampleMs = Math.max(startMs + dueMs, performance.now() - TIMER_MS);
    if (row === 0) open.set(board, brain.open());
    const thought = open.get(board)!;
    thought.push([windowsOfRows[(board + window) % windowsOfRows.length]![row]!]);
    if (row === WINDOW_ROWS - 1) answers.push(answered(thought, sampleMs));
  }
  const tookMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  const latenciesMs = await Promise.all(answers);
  await brain.close();
  const inTime = latenciesMs.filter((ms) => ms <= WINDOW_MS);
  return {
    latenciesMs: inTime,
    missed: latenciesMs.length - inTime.length,
    busyShare: (user + system) / 1000 / tookMs,
  };
}

async function until(timeMs: number): Promise<void> {
  for (let leftMs = timeMs - performance.now(); leftMs > 0; leftMs = timeMs - performance.now()) {
    await setTimeout(leftMs);
  }
}

/** @returns milliseconds from the last sample; infinite where there was no answer */
async function answered(thought: Thought, sampleMs: number): Promise<number> {
  try {
    await thought.score(steadyMs() + WINDOW_MS);
    return performance.now() - sampleMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
