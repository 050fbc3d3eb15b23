import { expect, it } from 'vitest';
import { figure } from '../../bench/figures.ts';
import { benchmarksPage } from '../../bench/page.ts';

const RUN = {
  bench: 'serve',
  date: '2026-11-23T12:00:00.000Z',
  commit: '0123456789abcdef',
  isModified: true,
  machine: { cpu: 'A processor', cores: 2, memoryGb: 24, platform: 'linux-x64', node: '20.20.2' },
  seconds: 90,
};

it('figures stand in a table for each subject, with what they ran on', () => {
  const figures = [
    figure({ name: '30M: decode', unit: 'tokens/s', ours: 1200, peer: 1000, target: { times: 0.9 } }),
    figure({ name: '124M: file', unit: 'MB', ours: 96, target: { most: 90 } }),
    figure({ name: '30M: load', unit: 'ms', ours: 250 }),
  ];
  const page = benchmarksPage([{ ...RUN, figures }]);
  expect(page.match(/\*\*30M\*\*/g)).toHaveLength(1);
  expect(page).toContain('| decode | 1,200 tokens/s | 1,000 | 1.2 | >= 0.9 x peer | yes |  |\n| load |');
  expect(page).toContain('| file | 96 MB |  |  | <= 90 | **no** |  |');
  expect(page).toContain('2026-11-23, 1.5 min; commit 0123456789, with changes; A processor, 2 cores');
});
