import type { Schedule } from '../pretrain-settings.ts';

/** Where the cosine ends, as a share of the peak. */
const FINAL_SHARE = 0.02;

/**
 * Linear warm-up, then half a cosine down to 2 % of the peak (Loshchilov & Hutter, 2017).
 * @param step from 0
 */
export function learningRate(
  step: number,
  { peak, warmupSteps, steps }: { peak: number; warmupSteps: number; steps: number },
): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const done = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return peak * (FINAL_SHARE + (1 - FINAL_SHARE) * 0.5 * (1 + Math.cos(Math.PI * done)));
}

/**
 * The rate of a pre-training: `learningRate`, or warm-up, the peak held, and a linear fall to zero over the last share of the
 * steps (WSD: Hu et al., "MiniCPM", 2024).
 * @param step from 0
 */
export function scheduledRate(
  step: number,
  settings: { learningRate: number; warmupSteps: number; steps: number; schedule: Schedule },
): number {
  const { learningRate: peak, warmupSteps, steps, schedule } = settings;
  if (schedule.kind === 'cosine') return learningRate(step, { peak, warmupSteps, steps });
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  return peak * Math.min(1, (steps - step) / (schedule.decayShare * steps));
}
