import { peakRssMb, rssMb } from '../../pipeline/measure/memory.ts';
import { median } from '../../pipeline/measure/quantiles.ts';
import { loadAddon } from '../peers/llama-addon.ts';
import type { LlamaJob } from './llama-job.ts';
import { LlamaReader } from './llama-reader.ts';

/** A process in which llama.cpp loads one model and answers windows: `LlamaJob` in, `LlamaCosts` out. */
export interface LlamaCosts {
  /** Node.js, and the library with its kernels: before there is a model. */
  readonly libraryMs: number;
  readonly bareRssMb: number;
  /** The model and its context. */
  readonly loadMs: number;
  /** From the call to the first label: the model, its context, the prefix, a window. */
  readonly firstAnswerMs: number;
  readonly steadyRssMb: number;
  readonly peakRssMb: number;
}

const WINDOWS = 20;

process.on('message', async (job: LlamaJob) => void process.send!(await costs(job)));

async function costs(job: LlamaJob): Promise<LlamaCosts> {
  const beginMs = performance.now();
  await loadAddon();
  const startMs = performance.now();
  const bareRssMb = rssMb();
  const { reader, loadMs } = await LlamaReader.load(job, { flashAttention: true });
  await reader.answer();
  const firstAnswerMs = performance.now() - startMs;
  const rss: number[] = [];
  for (let i = 0; i < WINDOWS; i++) {
    await reader.answer();
    rss.push(rssMb());
  }
  return {
    libraryMs: startMs - beginMs,
    bareRssMb,
    loadMs,
    firstAnswerMs,
    steadyRssMb: median(rss),
    peakRssMb: peakRssMb(),
  };
}
