import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../../commandline/interrupt.ts';
import { measureAlone } from '../../../pipeline/measure/alone.ts';
import type { Subject } from '../../../pipeline/measure/subject.ts';
import { modelFile, SHAPE, temporaryFolder } from '../../model/runtime/random-model.ts';

const subject: Subject = {
  model: {
    modelPath: modelFile(temporaryFolder()),
    shape: SHAPE,
    threads: 1,
    task: {
      prefix: [1, 2, 3],
      completions: [
        { label: 'here', tokens: [10] },
        { label: 'there', tokens: [11, 12] },
      ],
    },
  },
  windows: [
    [
      [4, 5],
      [6, 7],
    ],
    [[7, 6, 5, 4]],
  ],
};
const withoutTask: Subject = {
  model: { modelPath: subject.model.modelPath, shape: SHAPE, threads: 1 },
  windows: [],
};
const never = new AbortController().signal;

describe('in a process of its own', () => {
  it('speed is measured', async () => {
    const { windowMs, decodeTokensPerS } = await measureAlone('speed', subject, never);
    expect(windowMs.p50).toBeGreaterThan(0);
    expect(windowMs.p95).toBeGreaterThanOrEqual(windowMs.p50);
    expect(decodeTokensPerS).toBeGreaterThan(1);
  });

  it.each([
    ['a task', subject],
    ['none', withoutTask],
  ])('memory is measured, of a model with %s', async (_, model) => {
    const { bareRssMb, steadyRssMb, peakRssMb, perOpenWindowMb } = await measureAlone('memory', model, never);
    // Node and ONNX Runtime alone take about 80, with the loader of sources 130.
    expect(bareRssMb).toBeGreaterThan(30);
    expect(steadyRssMb).toBeGreaterThan(bareRssMb);
    expect(peakRssMb).toBeGreaterThanOrEqual(steadyRssMb);
    expect(peakRssMb).toBeLessThan(400);
    expect(perOpenWindowMb).toBeLessThan(20);
  });

  it('the time to the first answer is the sum of its parts', async () => {
    const { totalMs, workerMs, sessionMs, prefixMs, firstAnswerMs } = await measureAlone(
      'load',
      subject,
      never,
    );
    expect(workerMs).toBeGreaterThan(0);
    expect(sessionMs).toBeGreaterThan(0);
    expect(firstAnswerMs).toBeGreaterThan(0);
    expect(workerMs + sessionMs + prefixMs + firstAnswerMs).toBeCloseTo(totalMs, 6);
  });

  it('nothing is measured when the model cannot be run', async () => {
    const lost = { ...subject, model: { ...subject.model, modelPath: `${subject.model.modelPath}.gone` } };
    await expect(measureAlone('speed', lost, never)).rejects.toMatchObject({
      message: expect.stringMatching(/ONNX Runtime cannot load .*gone/),
      hint: expect.stringContaining('tinyllm verify'),
    });
  });

  it('it is given up when the run is stopped', async () => {
    const stop = new AbortController();
    const measured = measureAlone('speed', subject, stop.signal);
    const reason = new Interrupted('SIGTERM');
    stop.abort(reason);
    await expect(measured).rejects.toBe(reason);
    await expect(measureAlone('speed', subject, stop.signal)).rejects.toBe(reason);
  });
});
