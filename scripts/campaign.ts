/**
 * Long reliability runs; docs/campaigns.md tells what each shows.
 *
 *   npm run -s campaign -- kill|serial|fuzz|soak|swap [--full]
 */
import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from '../commandline/command.ts';
import { dispatch } from '../commandline/dispatch.ts';
import { integer, parseFlags, text, toggle } from '../commandline/flags.ts';
import { untilInterrupted } from '../commandline/interrupt.ts';
import { packageVersion } from '../commandline/package.ts';
import { Progress } from '../commandline/progress.ts';
import { usageError } from '../protocols/errors.ts';
import { nearest } from '../protocols/nearest.ts';
import type { Campaign } from '../test/campaigns/harness/campaign.ts';
import { CAMPAIGNS } from '../test/campaigns/harness/campaigns.ts';
import { figureLines } from '../test/campaigns/harness/figure.ts';
import { RESULTS, writePage } from '../test/campaigns/harness/files.ts';
import { type CampaignResult, writeResult } from '../test/campaigns/harness/result.ts';
import { runCampaign } from '../test/campaigns/harness/run-campaign.ts';

const NAMES = CAMPAIGNS.map(({ name }) => name).join('|');

const command: Command = {
  name: 'campaign',
  summary: 'Long reliability runs: each shows that something can be left alone',
  usage: `
Usage: npm run -s campaign -- ${NAMES} [flags]

  --full        as much as is to be shown; without it, a small run
  --size N      so much of it, in the campaign's own unit
  --seed N      repeat what a run with this seed did; at random when absent
  --out DIR     where DIR/<campaign>.json is written (docs/campaigns, and then docs/campaigns.md too)
  --json        print the result as JSON

Exit status 1 when a figure misses its target. docs/campaigns.md tells what each campaign does and how long it takes.
`,
  async run(argv) {
    const spec = {
      full: toggle(),
      size: integer({ min: 1 }),
      seed: integer({ min: 0, max: 2 ** 31 - 1 }),
      out: text('DIR'),
      json: toggle(),
    };
    const { flags, positionals } = parseFlags(argv, spec, { maxPositionals: 1 });
    const campaign = campaignNamed(positionals[0]);
    const size = flags.size ?? (flags.full ? campaign.fullSize : campaign.smallSize);
    const seed = flags.seed ?? randomInt(2 ** 31);
    const result = await ran(campaign, size, seed);
    await keep(result, flags.out === undefined ? RESULTS : resolve(flags.out));
    process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : told(result));
    return result.holds ? 0 : 1;
  },
};

function campaignNamed(name: string | undefined): Campaign {
  const campaign = CAMPAIGNS.find((one) => one.name === name);
  if (campaign !== undefined) return campaign;
  if (name === undefined) throw usageError('which campaign?', `npm run -s campaign -- ${NAMES} [--full]`);
  const meant = nearest(
    name,
    CAMPAIGNS.map((one) => one.name),
  );
  throw usageError(`there is no campaign ${name}`, `write ${meant ?? `one of ${NAMES}`}`);
}

/** With seed and progress on the screen. @throws Interrupted at Ctrl-C, when all that was started has ended */
async function ran(campaign: Campaign, size: number, seed: number): Promise<CampaignResult> {
  const { name: label, unit } = campaign;
  const shown = new Progress({ sink: process.stderr, label, unit, total: size });
  let before = 0;
  const progress = (done: number, ...details: string[]): void => {
    shown.advance(done - before, ...details);
    before = done;
  };
  try {
    return await untilInterrupted((signal) => {
      process.stderr.write(`campaign ${label}, ${size} ${unit}, seed ${seed}\n`);
      return runCampaign(campaign, { seed, size, signal, progress });
    });
  } finally {
    shown.finish();
  }
}

async function keep(result: CampaignResult, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeResult(folder, result);
  if (folder === RESULTS) await writePage();
}

function told({ seed, seconds, figures, failure, holds }: CampaignResult): string {
  const verdict = holds ? 'all holds' : 'does NOT hold';
  return `${failure === undefined ? '' : `${failure}\n`}${figureLines(figures)}${verdict}; seed ${seed}, ${seconds} s\n`;
}

const context = { version: packageVersion(), stdout: process.stdout, stderr: process.stderr };
process.exitCode = await dispatch(
  { campaign: { summary: command.summary, load: async () => ({ command }) } },
  ['campaign', ...process.argv.slice(2)],
  context,
);
