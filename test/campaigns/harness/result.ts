import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../../trainer/write-whole.ts';

/** What a campaign leaves in `docs/campaigns/<campaign>.json`. */
export type CampaignResult = z.infer<typeof campaignResult>;

const figure = z.strictObject({
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  target: z.string().nullable(),
  holds: z.boolean().nullable(),
});

export const campaignResult = z.strictObject({
  campaign: z.string(),
  seed: z.int(),
  /** How much was run, in the campaign's unit. */
  size: z.number().positive(),
  unit: z.string(),
  /** Whether that is all that is to be shown. */
  full: z.boolean(),
  commit: z.string().nullable(),
  /** Files differed from the commit. */
  isModified: z.boolean(),
  /** When it began. */
  date: z.iso.datetime(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int(),
    memoryGb: z.number(),
    platform: z.string(),
    node: z.string(),
  }),
  /** Wall clock. */
  seconds: z.number(),
  figures: z.array(figure),
  /** What ended it before its figures were there. */
  failure: z.string().optional(),
  /** Nothing failed, and every figure with a target met it. */
  holds: z.boolean(),
});

export const writeResult = (folder: string, result: CampaignResult): Promise<void> =>
  writeWhole(join(folder, `${result.campaign}.json`), `${JSON.stringify(result, null, 2)}\n`);

/** By the name of the campaign; none where nothing was run yet. */
export async function readResults(folder: string): Promise<ReadonlyMap<string, CampaignResult>> {
  if (!existsSync(folder)) return new Map();
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const results = await Promise.all(
    files.map(async (file) => campaignResult.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))),
  );
  return new Map(results.map((result) => [result.campaign, result]));
}
