import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../commandline/package.ts';
import { writeWhole } from '../../../trainer/write-whole.ts';
import { CAMPAIGNS } from './campaigns.ts';
import { campaignsPage } from './page.ts';
import { readResults } from './result.ts';

/** Where results are kept. */
export const RESULTS = join(packageRoot(), 'docs', 'campaigns');
const PAGE = join(packageRoot(), 'docs', 'campaigns.md');

const BEGIN = '<!-- From here on written by `npm run campaign` -->';
const END = '<!-- Up to here -->';

/** docs/campaigns.md as it should be: what people wrote, and between the marks what the results say. */
export async function currentPage(): Promise<string> {
  const text = await readFile(PAGE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has lost its marks: ${BEGIN} .. ${END}`);
  const generated = campaignsPage(CAMPAIGNS, await readResults(RESULTS));
  return `${text.slice(0, begin)}${BEGIN}\n\n${generated}\n\n${text.slice(end)}`;
}

export const writePage = async (): Promise<void> => writeWhole(PAGE, await currentPage());
