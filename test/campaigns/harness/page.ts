import type { Campaign } from './campaign.ts';
import { amount } from './figure.ts';
import type { CampaignResult } from './result.ts';

type Cells = readonly string[];

/** The generated part of docs/campaigns.md: every campaign, and what came of its last run. */
export const campaignsPage = (
  campaigns: readonly Campaign[],
  results: ReadonlyMap<string, CampaignResult>,
): string =>
  [
    table([OVERVIEW, ...campaigns.map((campaign) => overviewRow(campaign, results.get(campaign.name)))]),
    ...campaigns.map((campaign) => section(campaign, results.get(campaign.name))),
  ].join('\n\n');

const OVERVIEW: Cells = ['campaign', 'in full', 'last run', 'it took', 'holds', 'seed', 'date'];

function overviewRow({ name, unit, fullSize }: Campaign, result: CampaignResult | undefined): Cells {
  const cells = [`[${name}](#${name})`, amount({ value: fullSize, unit })];
  if (result === undefined) return [...cells, 'none yet', '', '', '', ''];
  const size = `${amount({ value: result.size, unit: result.unit })}${result.full ? '' : ', not full'}`;
  const held = result.holds ? 'yes' : '**no**';
  return [...cells, size, duration(result.seconds), held, String(result.seed), result.date.slice(0, 10)];
}

function section({ name, about }: Campaign, result: CampaignResult | undefined): string {
  return [`## ${name}`, about, ...(result === undefined ? [] : told(result))].join('\n\n');
}

function told({
  campaign,
  seed,
  size,
  full,
  commit,
  isModified,
  machine,
  figures,
  failure,
}: CampaignResult): string[] {
  const rows = figures.map((figure) => [
    figure.name,
    amount(figure),
    figure.target ?? '',
    figure.holds === null ? '' : figure.holds ? 'yes' : '**no**',
  ]);
  const { cpu, cores, memoryGb, platform, node } = machine;
  const version = commit === null ? 'unknown' : `${commit.slice(0, 10)}${isModified ? ', with changes' : ''}`;
  return [
    ...(failure === undefined ? [] : [`**It failed:**\n\n${indented(failure)}`]),
    ...(rows.length === 0 ? [] : [table([['', 'value', 'asked for', 'holds'], ...rows])]),
    `Commit ${version}; ${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, Node ${node}. Again: ` +
      `\`npm run -s campaign -- ${campaign} ${full ? '--full' : `--size ${size}`} --seed ${seed}\``,
  ];
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

/** `48 s`, `10.2 min`. */
const duration = (seconds: number): string =>
  seconds < 100 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;

const table = ([head = [], ...rows]: readonly Cells[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
