import type { ParameterSlot, Parameters } from './parameters.ts';

/** PyTorch's default, as in GPT-2's trainings. */
export const ADAM_EPS = 1e-8;

/** Settings of one update; the learning rate usually changes from step to step. */
export interface AdamWSettings {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Decoupled: weights shrink by `lr * weightDecay` a step, where `decays` says so. */
  readonly weightDecay: number;
  /** Largest Euclidean norm of the whole gradient; longer ones are scaled down to it. */
  readonly clip: number;
  readonly eps: number;
}

/** Matrices decay; gains, biases and positions do not. */
export const decaysByDefault = ({ name, shape }: Pick<ParameterSlot, 'name' | 'shape'>): boolean =>
  shape.length > 1 && name !== 'wpe.weight';

/** Euclidean norm of the whole gradient. */
export function gradientNorm(parameters: Parameters): number {
  let sum = 0;
  for (const slot of parameters.slots) {
    sum += parameters.kernels.squaredNorm(parameters.address('gradient', slot), slot.byteLength);
  }
  return Math.sqrt(sum);
}

/**
 * AdamW (Loshchilov & Hutter, 2019) with bias correction and clipping by the global norm.
 *
 * @param step the number of this update, from 1
 * @param norm as `gradientNorm` gives it
 */
export function adamwStep(
  parameters: Parameters,
  settings: AdamWSettings,
  step: number,
  norm: number,
  decays: (slot: ParameterSlot) => boolean = decaysByDefault,
): void {
  const { lr, beta1, beta2, weightDecay, clip, eps } = settings;
  const gradientScale = norm > clip ? clip / norm : 1;
  const stepSize = lr / (1 - beta1 ** step);
  const secondCorrection = 1 / Math.sqrt(1 - beta2 ** step);
  for (const slot of parameters.slots) {
    parameters.kernels.adamw(
      parameters.address('weights', slot),
      parameters.address('gradient', slot),
      parameters.address('firstMoment', slot),
      parameters.address('secondMoment', slot),
      slot.byteLength,
      gradientScale,
      1 - beta1,
      1 - beta2,
      stepSize,
      secondCorrection,
      eps,
      decays(slot) ? 1 - lr * weightDecay : 1,
    );
  }
}

/** Moves the running average of the weights towards them by `rate` (1 - decay). */
export function updateAverage(parameters: Parameters, rate: number): void {
  for (const slot of parameters.slots) {
    const [average, weights] = [parameters.address('average', slot), parameters.address('weights', slot)];
    parameters.kernels.lerp(average, weights, slot.byteLength, rate);
  }
}

/** Moves the accumulated gradient towards the last one by `rate`; with 1 it becomes it, whatever it was. */
export function accumulateGradient(parameters: Parameters, rate: number): void {
  if (rate === 1) {
    parameters.restore('accumulated', parameters.views('gradient'));
    return;
  }
  for (const slot of parameters.slots) {
    const [sum, part] = [parameters.address('accumulated', slot), parameters.address('gradient', slot)];
    parameters.kernels.lerp(sum, part, slot.byteLength, rate);
  }
}
