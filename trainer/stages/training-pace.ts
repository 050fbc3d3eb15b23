import { formatDuration } from '../../commandline/progress.ts';
import { parameterCount } from '../../model/shape.ts';
import type { PretrainJob, PretrainWatcher } from '../engines/pretrain-job.ts';
import { trainingFlopsPerToken } from '../engines/training-flops.ts';

/** The first of a run brings the engine to speed, the others are timed. */
const STEPS_BEFORE = 3;

/** A watcher that says once, after the first steps, how large the job is and about how long it takes. */
export function withPace(
  watcher: PretrainWatcher,
  { shape, settings }: Pick<PretrainJob, 'shape' | 'settings'>,
  note: (line: string) => void,
): PretrainWatcher {
  const tokensPerStep = settings.batch * settings.context;
  const atMs: number[] = [];
  return {
    ...watcher,
    step: (progress) => {
      watcher.step(progress);
      if (atMs.length === STEPS_BEFORE || atMs.push(performance.now()) < STEPS_BEFORE) return;
      const stepMs = (atMs.at(-1)! - atMs[0]!) / (atMs.length - 1);
      const flopsPerToken = trainingFlopsPerToken(shape);
      note(
        `pretrain: ${millions(parameterCount(shape))} parameters, ${millions(settings.steps * tokensPerStep)} tokens, ` +
          `${(flopsPerToken * settings.steps * tokensPerStep).toExponential(2)} FLOPs: ` +
          `about ${formatDuration((settings.steps - progress.step) * stepMs)} from here ` +
          `(${Math.round((1000 * tokensPerStep) / stepMs)} tokens/s, ` +
          `${((flopsPerToken * tokensPerStep) / stepMs / 1e6).toFixed(1)} GFLOP/s)`,
      );
    },
  };
}

const millions = (count: number): string => `${(count / 1e6).toFixed(2)} M`;
