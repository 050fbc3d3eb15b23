import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../../commandline/interrupt.ts';
import { type CostJob, measureCost } from '../../../trainer/variants/measure-cost.ts';
import { modelFile, SHAPE, temporaryFolder } from '../../model/runtime/random-model.ts';

const folder = temporaryFolder();
const job: CostJob = {
  modelPath: modelFile(folder),
  shape: SHAPE,
  task: {
    prefix: [1, 2, 3],
    completions: [
      { label: 'here', tokens: [10] },
      { label: 'there', tokens: [11, 12] },
    ],
  },
  windows: [
    [4, 5, 6, 7],
    [7, 6, 5, 4],
  ],
};
const never = new AbortController().signal;

describe('the cost of a model', () => {
  it('is measured in a process of its own', async () => {
    const { latencyMs, tokensPerS, peakMemoryMb } = await measureCost(job, never);
    expect(latencyMs.p50).toBeGreaterThan(0);
    expect(latencyMs.p95).toBeGreaterThanOrEqual(latencyMs.p50);
    expect(tokensPerS).toBeGreaterThan(1);
    // Node and ONNX Runtime alone take about 80, with the loader of sources 130.
    expect(peakMemoryMb).toBeGreaterThan(50);
    expect(peakMemoryMb).toBeLessThan(400);
  });

  it('cannot be measured when the model cannot be run', async () => {
    const lost = { ...job, modelPath: `${job.modelPath}.gone` };
    await expect(measureCost(lost, never)).rejects.toThrow(/ONNX Runtime cannot load .*gone/);
  });

  it('is given up when the run is stopped', async () => {
    const stop = new AbortController();
    const measured = measureCost(job, stop.signal);
    const reason = new Interrupted('SIGTERM');
    stop.abort(reason);
    await expect(measured).rejects.toBe(reason);
    await expect(measureCost(job, stop.signal)).rejects.toBe(reason);
  });
});
