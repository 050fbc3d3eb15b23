import { join } from 'node:path';
import { ENGINE_FILES, type Pretrainer } from '../engine.ts';
import type { LanguageValidation } from '../pretrain-job.ts';
import type { Torch } from './find-torch.ts';
import { writeJob } from './job-file.ts';
import { type Report, runTorch } from './torch-process.ts';

/** What the processes of a training said, beside the engine's files. */
const SAID = 'torch.log';

/**
 * Pre-trains in processes of PyTorch on this machine: on its GPUs, or on the CPU where it has none.
 * @param processes each with a device of its own; one for each GPU unless given
 */
export const torchEngine = ({ python, gpus }: Torch, processes = Math.max(1, gpus)): Pretrainer => ({
  name: 'torch',
  pretrain: async (job, watcher, signal) => {
    signal.throwIfAborted();
    const checkpoint = join(job.folder, ENGINE_FILES.checkpoint);
    let result: LanguageValidation | undefined;
    const watch = (report: Report): Promise<void> | void => {
      switch (report.event) {
        case 'started':
          return watcher.started(report);
        case 'step':
          return watcher.step(report);
        case 'validated':
          return watcher.validated(resultOf(report));
        case 'saved':
          return watcher.saved(report.step, checkpoint);
        case 'ended':
          result = resultOf(report);
      }
    };
    try {
      const program = { python, processes, job: await writeJob(job), log: join(job.folder, SAID) };
      await runTorch(program, watch, signal);
    } finally {
      watcher.ended();
    }
    if (result) return result;
    signal.throwIfAborted();
    throw new Error('pretrain.py ended without a result');
  },
});

const resultOf = ({ step, lossNats, bitsPerByte }: LanguageValidation): LanguageValidation => ({
  step,
  lossNats,
  bitsPerByte,
});
