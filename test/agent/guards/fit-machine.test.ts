import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type FittingOptions, startFitting } from '../../../agent/guards/fit-machine.ts';
import { deadlineMs } from '../../../agent/guards/measure.ts';
import { neededMemoryBytes } from '../../../agent/guards/memory.ts';
import { silentLog } from '../../../agent/log.ts';
import { openBundle } from '../../../model/bundle.ts';
import { REPOSITORY } from '../../tools.ts';

const folder = join(REPOSITORY, 'models', 'gesture');

async function start(changes: Partial<FittingOptions> = {}) {
  const warnings: string[] = [];
  const brain = await startFitting({
    bundle: folder,
    guards: { latency: 'refuse', memory: 'refuse' },
    isLive: true,
    log: { ...silentLog, warn: (line) => warnings.push(line) },
    ...changes,
  });
  onTestFinished(() => brain.close());
  return { brain, warnings };
}

it('starts a model that fits', async () => {
  const { brain, warnings } = await start({ freeBytes: 2 ** 40, allowedMs: 60_000 });
  expect(brain.model).toBe('gesture');
  expect(warnings).toEqual([]);
});

it('refuses one that needs more memory than is free, and names the largest variant that fits', async () => {
  const bundle = await openBundle(folder);
  const [largest, second] = bundle.manifest.variants.toSorted((a, b) => b.fileBytes - a.fileBytes);
  const freeBytes = await neededMemoryBytes(bundle, second!);
  await expect(start({ variant: largest!.name, freeBytes, allowedMs: 60_000 })).rejects.toMatchObject({
    message: expect.stringMatching(/^gesture \(\w+\): it needs about \d+ MB of memory, and \d+ MB are free$/),
    hint: `\`variant: ${second!.name}\` fits, or run it all the same with --force`,
    exitCode: 1,
  });
});

it('refuses one that is slower than its windows come', async () => {
  await expect(start({ freeBytes: 2 ** 40, allowedMs: 0 })).rejects.toMatchObject({
    message: expect.stringMatching(
      /^gesture \(\w+\): it takes \d+\.\d ms for a window, and a window comes every 0 ms$/,
    ),
    hint: 'no variant of this bundle fits: use a smaller model, or run it all the same with --force',
    exitCode: 1,
  });
});

it('only warns where the configuration says so', async () => {
  const { warnings } = await start({
    freeBytes: 1,
    allowedMs: 0,
    guards: { latency: 'warn', memory: 'warn' },
  });
  expect(warnings).toEqual([
    expect.stringMatching(/MB are free; started all the same$/),
    expect.stringMatching(/every 0 ms; started all the same$/),
  ]);
});

it('lets a recording wait for a slow model', async () => {
  const { brain } = await start({ isLive: false, freeBytes: 2 ** 40 });
  // 25 rows of 12.5 Hz: triggered windows follow each other at best.
  expect(deadlineMs(brain.task.spec)).toBeCloseTo(2000, 0);
});
