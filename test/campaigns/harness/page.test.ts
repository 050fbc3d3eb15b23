import { expect, it } from 'vitest';
import { figure } from './figure.ts';
import { campaignsPage } from './page.ts';
import type { CampaignResult } from './result.ts';
import { serial } from './serial.ts';
import { swap } from './swap.ts';

const RESULT: CampaignResult = {
  campaign: 'swap',
  seed: 7,
  size: 5,
  unit: 'replugs',
  full: false,
  commit: '0123456789abcdef',
  isModified: true,
  date: '2026-11-23T13:00:00.000Z',
  machine: { cpu: 'AMD EPYC', cores: 2, memoryGb: 24, platform: 'linux-x64', node: '20.20.2' },
  seconds: 132,
  figures: [figure('port open after, p95', 3100, 'ms', { most: 3000 }), figure('swaps', 5, '')],
  holds: false,
};

it('tells what was run, how much of it, and that it does not hold', () => {
  const page = campaignsPage([swap], new Map([['swap', RESULT]]));
  expect(page).toContain(
    '| [swap](#swap) | 200 replugs | 5 replugs, not full | 2.2 min | **no** | 7 | 2026-11-23 |',
  );
  expect(page).toContain('| port open after, p95 | 3,100 ms | <= 3,000 | **no** |');
  expect(page).toContain('| swaps | 5 |  |  |');
  expect(page).toContain(
    'Commit 0123456789, with changes; AMD EPYC, 2 cores, 24 GB, linux-x64, Node 20.20.2.',
  );
  expect(page).toContain('`npm run -s campaign -- swap --size 5 --seed 7`');
});

it('shows what failed as it was said', () => {
  const failed = { ...RESULT, figures: [], failure: 'Property failed\n{ seed: 7 }' };
  expect(campaignsPage([swap], new Map([['swap', failed]]))).toContain(
    '**It failed:**\n\n    Property failed\n    { seed: 7 }',
  );
});

it('leaves blank what was not run', () => {
  expect(campaignsPage([serial], new Map())).toContain(
    '| [serial](#serial) | 600 s | none yet |  |  |  |  |',
  );
});
