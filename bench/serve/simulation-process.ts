import { openBundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { steadyMs } from '../../model/runtime/deadline.ts';
import type { Thought } from '../../pipeline/brain.ts';
import { startBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import type { Row } from '../../protocols/row-writer.ts';
import { type Size, servedModel, type Variant } from './models.ts';
import { WINDOW_MS, WINDOW_ROWS } from './task.ts';

/** A process that answers the windows of boards which another process plays: `Told` in, at the end `Simulated` out. */
export interface SimulationOrder {
  readonly size: Size;
  readonly variant: Variant;
  readonly boards: number;
  /** Of each board. */
  readonly windows: number;
}

/** The first and the last of these are answered. */
export type Told =
  | { readonly type: 'start'; readonly order: SimulationOrder }
  | {
      readonly type: 'row';
      readonly board: number;
      readonly window: number;
      /** Its place in the window. */
      readonly row: number;
      /** When the board took it, by the machine's steady clock. */
      readonly sampleMs: number;
    }
  | { readonly type: 'end' };

export interface Simulated {
  /** From the last sample of a window to its scores, of the windows that were answered. */
  readonly latenciesMs: readonly number[];
  /** Not answered before the board's next window was over, which is their deadline. */
  readonly missed: number;
  /** Of one core. */
  readonly busyShare: number;
}

const WARM_UP_WINDOWS = 3;

let answering: AnsweringBoards | undefined;

process.on('message', async (told: Told) => {
  switch (told.type) {
    case 'start':
      answering = await AnsweringBoards.start(told.order);
      process.send!('ready');
      break;
    case 'row':
      answering!.take(told);
      break;
    case 'end':
      process.send!(await answering!.end());
  }
});

class AnsweringBoards {
  readonly #brain: TinyBrain;
  readonly #windows: readonly Row[][];
  readonly #open = new Map<number, Thought>();
  readonly #latencies: Promise<number>[] = [];
  readonly #before = process.cpuUsage();
  readonly #startMs = steadyMs();

  private constructor(brain: TinyBrain, windows: readonly Row[][]) {
    this.#brain = brain;
    this.#windows = windows;
  }

  static async start({ size, variant }: SimulationOrder): Promise<AnsweringBoards> {
    const bundle = await openBundle((await servedModel(size)).bundle);
    const windows = (await readGolden(bundle)).map(({ rows }) => rowsFromJson(rows));
    const brain = await startBrain(bundle, { variant });
    for (let i = 0; i < WARM_UP_WINDOWS; i++) {
      const thought = brain.open();
      thought.push(windows[i]!);
      await thought.score();
    }
    return new AnsweringBoards(brain, windows);
  }

  take({ board, window, row, sampleMs }: Extract<Told, { type: 'row' }>): void {
    if (row === 0) this.#open.set(board, this.#brain.open());
    const thought = this.#open.get(board)!;
    thought.push([this.#windows[(board + window) % this.#windows.length]![row]!]);
    if (row === WINDOW_ROWS - 1) this.#latencies.push(latency(thought, sampleMs));
  }

  async end(): Promise<Simulated> {
    const latenciesMs = await Promise.all(this.#latencies);
    const { user, system } = process.cpuUsage(this.#before);
    const busyShare = (user + system) / 1000 / (steadyMs() - this.#startMs);
    await this.#brain.close();
    const inTime = latenciesMs.filter((ms) => ms <= WINDOW_MS);
    return { latenciesMs: inTime, missed: latenciesMs.length - inTime.length, busyShare };
  }
}

/** @returns milliseconds from the last sample; infinite where there was no answer */
async function latency(thought: Thought, sampleMs: number): Promise<number> {
  try {
    await thought.score(sampleMs + WINDOW_MS);
    return steadyMs() - sampleMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
