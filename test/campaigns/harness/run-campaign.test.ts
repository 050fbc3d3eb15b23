import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TinyError } from '../../../protocols/errors.ts';
import type { Campaign } from './campaign.ts';
import { figure } from './figure.ts';
import { campaignResult } from './result.ts';
import { type RunOptions, runCampaign } from './run-campaign.ts';

const campaignOf = (run: Campaign['run']): Campaign => ({
  name: 'trial',
  about: 'It tries.',
  unit: 'times',
  smallSize: 2,
  fullSize: 10,
  run,
});

const options = (changes: Partial<RunOptions> = {}): RunOptions => ({
  seed: 1,
  size: 2,
  signal: new AbortController().signal,
  progress: () => {},
  ...changes,
});

it.each([
  [[figure('lost', 0, 'frames', { exactly: 0 }), figure('sent', 9, 'frames')], true],
  [[figure('lost', 1, 'frames', { exactly: 0 }), figure('sent', 9, 'frames', { least: 1 })], false],
  [[figure('p95', 3001, 'ms', { most: 3000 })], false],
  [[figure('p95', 3000, 'ms', { most: 3000 })], true],
  [[figure('slope', Number.NaN, 'MB/h', { most: 2 })], false],
])('holds when every figure with a target meets it', async (figures, holds) => {
  const result = await runCampaign(
    campaignOf(async () => figures),
    options(),
  );
  expect(result.holds).toBe(holds);
});

it('is full when as much was run as is to be shown', async () => {
  const campaign = campaignOf(async () => []);
  const full = async (size: number) => (await runCampaign(campaign, options({ size }))).full;
  expect([await full(9), await full(10), await full(11)]).toEqual([false, true, true]);
});

it('says what failed, and clears its folder away', async () => {
  let used = '';
  const campaign = campaignOf(async ({ folder }) => {
    used = folder;
    expect(existsSync(folder)).toBe(true);
    throw new Error('a board was not heard');
  });
  const result = await runCampaign(campaign, options());
  expect(result).toMatchObject({ holds: false, failure: 'a board was not heard', figures: [] });
  expect(campaignResult.parse(result)).toEqual(result);
  expect(existsSync(used)).toBe(false);
});

it('is no result that something is not installed', async () => {
  const lacking = new TinyError('socat is not installed', 'sudo apt install socat');
  const campaign = campaignOf(() => Promise.reject(lacking));
  await expect(runCampaign(campaign, options())).rejects.toBe(lacking);
});

it('is stopped at its next step, whatever it makes of that', async () => {
  const stop = new AbortController();
  const campaign = campaignOf(async ({ progress }) => {
    progress(1);
    stop.abort(new Error('stopped'));
    try {
      progress(2);
    } catch {
      throw new Error('something else');
    }
    return [];
  });
  const done: number[] = [];
  const running = runCampaign(
    campaign,
    options({ signal: stop.signal, progress: (count) => done.push(count) }),
  );
  await expect(running).rejects.toThrow('stopped');
  expect(done).toEqual([1]);
});
