import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TrainingLog } from '../../../trainer/engines/training-log.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  path = join(folder, 'log.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const steps = async () =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { step: number }).step);

async function logged(from: number, to: number): Promise<void> {
  const log = await TrainingLog.open(path, from - 1);
  for (let step = from; step <= to; step++) log.add({ step, lossNats: 1 / step });
  await log.flush();
}

it('writes what was added with the flush, once', async () => {
  const log = await TrainingLog.open(path, 0);
  log.add({ step: 1, lossNats: 2 });
  expect(await steps()).toEqual([]);
  await log.flush();
  await log.flush();
  expect(await readFile(path, 'utf8')).toBe('{"step":1,"lossNats":2}\n');
});

it('is cut where the checkpoint stands, so that resumed and unbroken runs have the same log', async () => {
  await logged(1, 6);
  const unbroken = await readFile(path, 'utf8');
  await logged(4, 6);
  expect(await readFile(path, 'utf8')).toBe(unbroken);
  expect(await readdir(folder)).toEqual(['log.jsonl']);
});

it('loses a line that was torn by a kill', async () => {
  await logged(1, 3);
  await appendFile(path, '{"step":4,"lossNats":0.');
  await TrainingLog.open(path, 9);
  expect(await steps()).toEqual([1, 2, 3]);
});
