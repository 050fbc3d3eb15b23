import { stat } from 'node:fs/promises';
import { openBundle } from '../../../model/bundle.ts';
import { measureAlone } from '../../../pipeline/measure/alone.ts';
import type { LoadTime } from '../../../pipeline/measure/load-time.ts';
import { median } from '../../../pipeline/measure/quantiles.ts';
import { subjectOf } from '../../../pipeline/measure/subject.ts';
import { type Figure, figure } from '../../figures.ts';
import { isInstalled } from '../../peers/node-llama-cpp.ts';
import { PinnedProcess } from '../../pinned-process.ts';
import type { LlamaCosts } from '../llama-costs-process.ts';
import { type LlamaJob, llamaJob } from '../llama-job.ts';
import { type GgufType, type Size, servedModel, type Variant } from '../models.ts';

/** Of each program, in turn. */
const LOADS = 5;
const QUICK_LOADS = 1;
const RIVALS: readonly (readonly [Size, Variant, GgufType])[] = [
  ['30M', 'fp32', 'f32'],
  ['30M', 'int8', 'q8_0'],
  ['30M', 'q4', 'q4_0'],
  ['124M', 'int8', 'q8_0'],
];

/** Loading, memory and files, in a fresh process for each time that a model is loaded. One thread. */
export async function costFigures(quick: boolean): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [size, variant, type] of quick ? RIVALS.slice(1, 2) : RIVALS) {
    figures.push(...(await figuresOf(size, variant, type, quick ? QUICK_LOADS : LOADS)));
  }
  return figures;
}

async function figuresOf(size: Size, variant: Variant, type: GgufType, loads: number): Promise<Figure[]> {
  const { bundle, gguf } = await servedModel(size);
  const subject = await subjectOf(await openBundle(bundle), { variant });
  const job = await llamaJob({ size, format: type, threads: 1 });
  const never = new AbortController().signal;
  const loaded: LoadTime[] = [];
  const peers: LlamaCosts[] = [];
  for (let i = 0; i < loads; i++) {
    loaded.push(await measureAlone('load', subject, never));
    if (isInstalled()) peers.push(await llamaCosts(job));
  }
  const memory = await measureAlone('memory', subject, never);

  const ours = (of: (load: LoadTime) => number): number => median(loaded.map(of));
  const peer = (of: (costs: LlamaCosts) => number): number | undefined =>
    peers.length === 0 ? undefined : median(peers.map(of));
  const name = (what: string) => `${size} ${variant}: ${what}`;
  const rival = `peer: llama.cpp ${type.toUpperCase()}`;
  const ms = { unit: 'ms', lessIsBetter: true };
  const mb = { unit: 'MB', lessIsBetter: true };
  const rounded = (value: number | undefined): string => (value === undefined ? '?' : value.toFixed(0));
  return [
    figure({
      ...ms,
      name: name('from the call to the first scores'),
      ours: ours(({ totalMs }) => totalMs),
      peer: peer(({ firstAnswerMs }) => firstAnswerMs),
      note:
        `worker ${rounded(ours(({ workerMs }) => workerMs))}, session ${rounded(ours(({ sessionMs }) => sessionMs))}, ` +
        `prefix ${rounded(ours(({ prefixMs }) => prefixMs))}, first window ${rounded(ours((l) => l.firstAnswerMs))}; ` +
        `${rival}, without ${rounded(peer(({ libraryMs }) => libraryMs))} ms for its library`,
    }),
    figure({
      ...ms,
      name: name('load, its session part'),
      ours: ours(({ sessionMs }) => sessionMs),
      peer: peer(({ loadMs }) => loadMs),
      target: { times: 1 },
      note: `${rival}, model and context`,
    }),
    figure({
      ...mb,
      name: name('memory of the process while it answers'),
      ours: memory.steadyRssMb,
      peer: peer(({ steadyRssMb }) => steadyRssMb),
      note: `before the model ${rounded(memory.bareRssMb)}; ${rival}, before the model ${rounded(peer((c) => c.bareRssMb))}`,
    }),
    figure({
      ...mb,
      name: name('peak memory of the process'),
      ours: memory.peakRssMb,
      peer: peer(({ peakRssMb }) => peakRssMb),
      note: rival,
    }),
    figure({ ...mb, name: name('memory of each further open window'), ours: memory.perOpenWindowMb }),
    figure({
      ...mb,
      name: name('file'),
      ours: (await stat(subject.model.modelPath)).size / 1e6,
      peer: (await stat(gguf[type])).size / 1e6,
      note: rival,
    }),
  ];
}

async function llamaCosts(job: LlamaJob): Promise<LlamaCosts> {
  const process = new PinnedProcess('serve/llama-costs-process', '0,1');
  try {
    return await process.ask<LlamaCosts>(job);
  } finally {
    await process.end();
  }
}
