import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TinyError } from '../../../protocols/errors.ts';
import type { Campaign, CampaignRun } from './campaign.ts';
import type { Figure } from './figure.ts';
import { commitHere, thisMachine } from './machine.ts';
import type { CampaignResult } from './result.ts';

export type RunOptions = Pick<CampaignRun, 'seed' | 'size' | 'signal' | 'progress'>;

/** Of a failure; a counterexample may be long. */
const LONGEST_FAILURE = 4000;

/**
 * Run a campaign to its end, good or bad.
 *
 * @throws the signal's reason when it was aborted; TinyError when this machine lacks what it takes
 */
export async function runCampaign(campaign: Campaign, options: RunOptions): Promise<CampaignResult> {
  const { seed, size, signal } = options;
  const about = { seed, size, unit: campaign.unit, full: size >= campaign.fullSize };
  // Before the run: while it lasts, somebody may commit.
  const from = { ...(await commitHere()), date: new Date().toISOString(), machine: thisMachine() };
  const startedMs = performance.now();
  const outcome = await figuresOf(campaign, options);
  signal.throwIfAborted();
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const holds = outcome.failure === undefined && outcome.figures.every((figure) => figure.holds !== false);
  return { campaign: campaign.name, ...about, ...from, seconds, ...outcome, holds };
}

async function figuresOf(
  campaign: Campaign,
  { signal, progress, ...options }: RunOptions,
): Promise<{ figures: Figure[]; failure?: string }> {
  const folder = await mkdtemp(join(tmpdir(), `tinyllm-${campaign.name}-`));
  const run: CampaignRun = {
    ...options,
    folder,
    signal,
    progress: (done, detail) => {
      signal.throwIfAborted();
      progress(done, detail);
    },
  };
  try {
    return { figures: [...(await campaign.run(run))] };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TinyError) throw error;
    const failure = error instanceof Error ? error.message : String(error);
    return { figures: [], failure: failure.slice(0, LONGEST_FAILURE) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
