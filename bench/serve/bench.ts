import { availableParallelism, loadavg } from 'node:os';
import type { Figure } from '../figures.ts';
import { isInstalled } from '../peers/node-llama-cpp.ts';
import { PinnedProcess } from '../pinned-process.ts';
import type { Arena } from './contest.ts';
import { bytesOfToken, type MachinePeaks } from './floors.ts';
import { SIZES, type Size, servedModel, servedShape, TINY, VARIANTS } from './models.ts';
import type { PeakOrder } from './peaks-process.ts';
import { DECODE_PROMPT_TOKENS } from './program.ts';
import { RemoteProgram } from './remote-program.ts';
import { agentFigures } from './sections/agent.ts';
import { threadsText } from './sections/beside.ts';
import { boardsFigures } from './sections/boards.ts';
import { callFigures } from './sections/calls.ts';
import { costFigures } from './sections/costs.ts';
import { identityFigures } from './sections/identity.ts';
import { peakFigures } from './sections/peaks.ts';
import { sharedBaseFigures } from './sections/shared-base.ts';
import { simulationFigures } from './sections/simulation.ts';
import { swapFigures } from './sections/swaps.ts';
import { tokenFigures } from './sections/tokens.ts';
import { windowFigures } from './sections/windows.ts';

/** How often each has its turn. */
const ROUNDS: Readonly<Record<Size, number>> = { '30M': 9, '124M': 5 };
/** Eight windows each time. */
const BOARDS_ROUNDS = 3;
const QUICK_ROUNDS = 2;
/** As many cores as there are threads. */
const CORES: Readonly<Record<number, string>> = { 1: '0', 2: '0,1' };
/** Programs that want a core. */
const BUSY = 0.5;
const QUICK: Plan = { threads: [1], sizes: ['30M'] };
const WHOLE: Plan = { threads: [1, 2], sizes: SIZES };

interface Plan {
  readonly threads: readonly number[];
  readonly sizes: readonly Size[];
}

export interface ServeOptions {
  /** Only the 30M model, on one thread, few times: to see whether it works. */
  readonly quick: boolean;
}

/** TinyLLM beside llama.cpp, in turn, in processes of their own on the same cores. */
export async function serveBench({ quick }: ServeOptions): Promise<Figure[]> {
  if (!isInstalled()) tell('llama.cpp is not installed (npm ci --prefix bench/peers): ours runs alone');
  const busy = loadavg()[0]!;
  if (busy > BUSY)
    tell(`other programs are running (load ${busy.toFixed(1)}): the figures will not be worth much`);
  const plan = quick ? QUICK : WHOLE;
  // Once, before two processes would make it.
  for (const size of [TINY, ...plan.sizes] as const) await servedModel(size);
  const figures: Figure[] = [];
  for (const threads of plan.threads.filter((threads) => threads <= availableParallelism())) {
    const peaks = await machinePeaks(threads);
    figures.push(...peakFigures(threads, peaks));
    figures.push(...(await inArena({ size: TINY, threads, rounds: QUICK_ROUNDS }, callFigures)));
    for (const size of plan.sizes) {
      const rounds = quick ? QUICK_ROUNDS : ROUNDS[size];
      figures.push(
        ...(await inArena({ size, threads, rounds }, (arena) => compared({ ...arena, size }, peaks))),
      );
    }
  }
  for (const [name, measure] of Object.entries(ALONE)) {
    tell(name);
    figures.push(...(await measure(quick)));
  }
  return figures;
}

async function compared(arena: Arena<Size>, peaks: MachinePeaks): Promise<Figure[]> {
  const { size, threads, rounds } = arena;
  const at = `${size}, ${threadsText(threads)}`;
  tell(`${at}: windows`);
  const figures = await windowFigures(arena, peaks);
  tell(`${at}: tokens`);
  figures.push(...(await tokenFigures(arena, peaks)));
  if (size === '30M') {
    tell(`${at}: boards at once`);
    figures.push(...(await boardsFigures({ ...arena, rounds: Math.min(rounds, BOARDS_ROUNDS) }, peaks)));
  }
  return figures;
}

/** What has no turns to take: each in processes of its own, on one thread. */
const ALONE: Readonly<Record<string, (quick: boolean) => Promise<Figure[]>>> = {
  'boards in real time': simulationFigures,
  'loading and memory': costFigures,
  'the whole agent': agentFigures,
  'model swaps': swapFigures,
  'tasks on one base': sharedBaseFigures,
  'greedy tokens': identityFigures,
};

/** Both programs, started for this and ended with it. */
async function inArena(
  terms: Pick<Arena, 'size' | 'threads' | 'rounds'>,
  measure: (arena: Arena) => Promise<Figure[]>,
): Promise<Figure[]> {
  const cores = CORES[terms.threads]!;
  const ours = await RemoteProgram.start('tinyllm', cores);
  const llama = isInstalled() ? await RemoteProgram.start('llama.cpp', cores) : undefined;
  try {
    return await measure({ ...terms, ours, llama });
  } finally {
    await ours.end();
    await llama?.end();
  }
}

async function machinePeaks(threads: number): Promise<MachinePeaks> {
  const sizes = SIZES.flatMap((size) =>
    VARIANTS.map((variant) => bytesOfToken(servedShape(size), variant, DECODE_PROMPT_TOKENS)),
  );
  const process = new PinnedProcess('serve/peaks-process', CORES[threads]!);
  try {
    return await process.ask<MachinePeaks>({ threads, readBytes: sizes } satisfies PeakOrder);
  } finally {
    await process.end();
  }
}

const tell = (line: string): void => void process.stderr.write(`${line}\n`);
