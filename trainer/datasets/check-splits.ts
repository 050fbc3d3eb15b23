import { labelsOf } from '../../protocols/answers.ts';
import { configError, TinyError } from '../../protocols/errors.ts';
import { windowUs } from '../../protocols/task.ts';
import { type Dataset, type LabelledRow, SPLITS, type SplitName, splitRows, type Wanted } from './dataset.ts';

type Splits = Readonly<Record<SplitName, readonly LabelledRow[]>>;

/** How many groups a message names. */
const NAMED = 5;
/** Rows are as long as a window only to the rounding of their times and rates. */
const LENGTH_TOLERANCE = 0.05;

/**
 * Whether a model can be trained and judged on a set, asked before anything is cut: every answer can be learnt, no
 * person or session is on two sides, and windows fit into what was recorded. Throws `TinyError` where not; what only weakens
 * the figures is noted.
 */
export function checkSplits(wanted: Wanted, dataset: Dataset, note: (line: string) => void): void {
  const splits = Object.fromEntries(
    SPLITS.map((split) => [split, splitRows(dataset, split, wanted)]),
  ) as unknown as Splits;
  checkWindows(wanted, dataset);
  checkLabels(wanted, splits, note);
  checkGroups(wanted, dataset, splits, note);
}

function checkWindows({ dataset, spec }: Wanted, { rows }: Dataset): void {
  const longestUs = rows.reduce((longest, { recording, context = recording }) => {
    const { timesUs, rateHz } = context;
    return Math.max(longest, timesUs.at(-1)! - timesUs[0]! + 1e6 / rateHz);
  }, 0);
  const wantedUs = windowUs(spec);
  if (wantedUs <= longestUs * (1 + LENGTH_TOLERANCE)) return;
  throw configError(
    `a window of task ${spec.name} lasts ${wantedUs / 1e6} s, but the longest recording of ${dataset} ${longestUs / 1e6} s`,
    'lower window.rows in the task, or record for longer',
  );
}

function checkLabels({ spec }: Wanted, splits: Splits, note: (line: string) => void): void {
  for (const split of SPLITS) {
    const missing = labelsOf(spec.answers).filter(
      (wanted) => !splits[split].some(({ label }) => label === wanted),
    );
    if (missing.length === 0) continue;
    const named = missing.map((label) => `"${label}"`).join(', ');
    if (split === 'train') {
      throw new TinyError(
        `no training row is labelled ${named}, which task ${spec.name} is to answer`,
        'record it for somebody whose rows train, split otherwise, or take the label out of the task',
      );
    }
    note(`data: no ${split} row is labelled ${named}: the figures say nothing about it`);
  }
}

function checkGroups(
  { splitsShareGroups }: Wanted,
  { groupsAreGuessed }: Dataset,
  splits: Splits,
  note: (line: string) => void,
): void {
  const splitsOf = new Map<string, Set<SplitName>>();
  for (const split of SPLITS) {
    for (const { recording } of splits[split]) {
      const { group } = recording;
      if (group !== undefined) splitsOf.set(group, (splitsOf.get(group) ?? new Set()).add(split));
    }
  }
  const shared = [...splitsOf].filter(([, of]) => of.size > 1);
  if (shared.length === 0) {
    if (!splitsShareGroups) return;
    throw configError(
      'the recipe says `splitsShareGroups`, but no person or session of its data is in two splits',
      'remove it: the card would speak ill of honest figures',
    );
  }
  const named = shared.slice(0, NAMED).map(([group, of]) => `"${group}" (${[...of].join(', ')})`);
  const others = shared.length > NAMED ? ` and ${shared.length - NAMED} more` : '';
  const found = `${shared.length} of ${splitsOf.size} persons or sessions are in more than one split: ${named.join(', ')}${others}`;
  if (splitsShareGroups || groupsAreGuessed) {
    note(`data: ${found}`);
    return;
  }
  throw new TinyError(
    found,
    'split by whole persons or sessions (docs/your-own-data.md); or say `splitsShareGroups: true` in the recipe, and ' +
      'its card will say that the figures are too good',
  );
}
