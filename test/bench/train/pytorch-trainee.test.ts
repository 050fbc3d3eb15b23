import { expect, it } from 'vitest';
import { PyTorchTrainee } from '../../../bench/train/pytorch-trainee.ts';
import { requirePyTorch, requireTool } from '../../tools.ts';

it('PyTorch trains what it is told to, step by step', { timeout: 60_000 }, async (test) => {
  requireTool('taskset', test);
  const shape = { layers: 2, width: 32, heads: 2, context: 16, vocab: 50 };
  const job = { shape, batch: 2, tokens: 8, lossPositions: 3, threads: 1 };
  const trainee = await PyTorchTrainee.start(requirePyTorch(test), job, '0');
  try {
    expect(trainee.about.version).toMatch(/^\d+\.\d+/);
    expect(trainee.about.productGflops).toBeGreaterThan(0);
    for (let step = 0; step < 2; step++) {
      const { ms, peakRssMb } = await trainee.step();
      expect(ms).toBeGreaterThan(0);
      expect(peakRssMb).toBeGreaterThan(50);
    }
  } finally {
    await trainee.end();
  }
});

it('says so when the program of PyTorch cannot run', async (test) => {
  requireTool('taskset', test);
  const job = { shape: { layers: 1, width: 32, heads: 2, context: 8, vocab: 9 }, batch: 1, tokens: 4 };
  const starting = PyTorchTrainee.start('no-such-python', { ...job, lossPositions: 1, threads: 1 }, '0');
  await expect(starting).rejects.toThrow(/PyTorch program of the bench ended/);
});
