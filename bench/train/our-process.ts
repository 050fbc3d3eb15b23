import { RandomStream } from '../../model/random.ts';
import { initialWeights } from '../../model/weights.ts';
import { peakRssMb } from '../../pipeline/measure/memory.ts';
import { ADAM_EPS } from '../../trainer/engines/onnx/adamw.ts';
import { type TrainingBatch, TrainingSession } from '../../trainer/engines/onnx/training-session.ts';
import type { TimedStep, TrainJob } from './trainee.ts';

// A process in which the onnx engine trains: first a `TrainJob`, answered when it is ready, then `step` again and again.

const UPDATE = { lr: 1e-4, beta1: 0.9, beta2: 0.95, weightDecay: 0.01, clip: 1, eps: ADAM_EPS };

let step: (() => Promise<TimedStep>) | undefined;

process.on('message', async (message: TrainJob | 'step') => {
  if (message === 'step') process.send!(await step!());
  else {
    step = await prepared(message);
    process.send!({});
  }
});

async function prepared(job: TrainJob): Promise<() => Promise<TimedStep>> {
  const random = RandomStream.seeded(1);
  const session = await TrainingSession.create({
    ...job,
    weights: initialWeights(job.shape, random),
    average: false,
  });
  const batch = randomBatch(job, random);
  return async () => {
    const startMs = performance.now();
    await session.step(batch, UPDATE);
    const ms = performance.now() - startMs;
    return { ms, peakRssMb: peakRssMb() };
  };
}

function randomBatch({ shape, batch, tokens, lossPositions }: TrainJob, random: RandomStream): TrainingBatch {
  const drawn = (length: number) => Int32Array.from({ length }, () => random.integer(shape.vocab));
  const read = batch * lossPositions;
  const rowOf = (i: number): number =>
    (Math.floor(i / lossPositions) + 1) * tokens - lossPositions + (i % lossPositions);
  return {
    ids: drawn(batch * tokens),
    lossRows: Int32Array.from({ length: read }, (_, i) => rowOf(i)),
    targets: drawn(read),
    weight: new Float32Array(read).fill(1),
  };
}
