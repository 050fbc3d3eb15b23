import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ScoringTask } from '../../model/runtime/label-scorer.ts';
import type { GptShape } from '../../model/shape.ts';
import type { VariantCost } from './variant-table.ts';

/** What the process that measures is told. */
export interface CostJob {
  readonly modelPath: string;
  readonly shape: GptShape;
  readonly task: ScoringTask;
  /** Windows to answer, in turn: the prompt after the prefix. At least one. */
  readonly windows: readonly (readonly number[])[];
}

/** What it answers. */
export type CostReply = { readonly cost: VariantCost } | { readonly failure: string };

/**
 * Time and memory of a model alone in a fresh process: what other models have left in this one does not count.
 * Rejects with the signal's reason when it is aborted; the process is ended with it.
 */
export async function measureCost(job: CostJob, signal: AbortSignal): Promise<VariantCost> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = startProcess(signal);
    // Node rejects with an error of its own; who interrupted is in the reason.
    child.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    child.once('exit', (code) =>
      reject(new Error(`the process that measures ${job.modelPath} exits ${code}`)),
    );
    child.once('message', (reply: CostReply) => {
      if ('cost' in reply) resolve(reply.cost);
      else reject(new Error(reply.failure));
      child.disconnect();
    });
    child.send(job);
  });
}

/** Reads TypeScript where there are sources: in tests and development. */
const SOURCE_LOADER = 'tsx/esm';

function startProcess(signal: AbortSignal) {
  const fromSources = import.meta.url.endsWith('.ts');
  const entry = new URL(`./cost-process.${fromSources ? 'ts' : 'js'}`, import.meta.url);
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve(SOURCE_LOADER)).href;
  return fork(fileURLToPath(entry), [], { signal, execArgv: fromSources ? ['--import', loader()] : [] });
}
