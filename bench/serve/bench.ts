import type { Figure } from '../figures.ts';
import { isInstalled } from '../peers/node-llama-cpp.ts';
import { PinnedProcess } from '../pinned-process.ts';
import type { Arena } from './contest.ts';
import { bytesOfToken, type MachinePeaks } from './floors.ts';
import { SIZES, type Size, servedModel, servedShape, VARIANTS } from './models.ts';
import type { PeakOrder } from './peaks-process.ts';
import { DECODE_PROMPT_TOKENS } from './program.ts';
import { RemoteProgram } from './remote-program.ts';
import { agentFigures } from './sections/agent.ts';
import { boardsFigures } from './sections/boards.ts';
import { costFigures } from './sections/costs.ts';
import { identityFigures } from './sections/identity.ts';
import { peakFigures } from './sections/peaks.ts';
import { simulationFigures } from './sections/simulation.ts';
import { swapFigures } from './sections/swaps.ts';
import { tokenFigures } from './sections/tokens.ts';
import { windowFigures } from './sections/windows.ts';

/** How often each has its turn. */
const ROUNDS: Readonly<Record<Size, number>> = { '30M': 9, '124M': 5 };
const QUICK_ROUNDS = 2;
/** As many cores as there are threads. */
const CORES: Readonly<Record<number, string>> = { 1: '0', 2: '0,1' };

export interface ServeOptions {
  /** Only the 30M model, on one thread, few times: to see whether it works. */
  readonly quick: boolean;
}

/** TinyLLM beside llama.cpp, in turn, in processes of their own on the same cores. */
export async function serveBench({ quick }: ServeOptions): Promise<Figure[]> {
  if (!isInstalled()) tell('llama.cpp is not installed (npm ci --prefix bench/peers): ours runs alone');
  const figures: Figure[] = [];
  for (const threads of quick ? [1] : [1, 2]) {
    const peaks = await machinePeaks(threads);
    figures.push(...peakFigures(threads, peaks));
    for (const size of quick ? (['30M'] as const) : SIZES) {
      figures.push(...(await inArena(size, threads, quick ? QUICK_ROUNDS : ROUNDS[size], peaks)));
    }
  }
  for (const [name, measure] of Object.entries(ALONE)) {
    tell(name);
    figures.push(...(await measure(quick)));
  }
  return figures;
}

/** What has no turns to take: each in processes of its own, on one thread. */
const ALONE: Readonly<Record<string, (quick: boolean) => Promise<Figure[]>>> = {
  'boards in real time': simulationFigures,
  'loading and memory': costFigures,
  'the whole agent': agentFigures,
  'model swaps': swapFigures,
  'greedy tokens': identityFigures,
};

async function inArena(size: Size, threads: number, rounds: number, peaks: MachinePeaks): Promise<Figure[]> {
  await servedModel(size); // once, before two processes would make it
  const cores = CORES[threads]!;
  const ours = await RemoteProgram.start('tinyllm', cores);
  const llama = isInstalled() ? await RemoteProgram.start('llama.cpp', cores) : undefined;
  const arena: Arena = { size, threads, ours, llama, rounds };
  const sections = { windows: windowFigures, tokens: tokenFigures, boards: boardsFigures };
  const figures: Figure[] = [];
  try {
    for (const [name, measure] of Object.entries(sections)) {
      tell(`${size}, threads ${threads}: ${name}`);
      figures.push(...(await measure(arena, peaks)));
    }
  } finally {
    await ours.end();
    await llama?.end();
  }
  return figures;
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
