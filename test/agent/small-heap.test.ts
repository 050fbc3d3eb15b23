import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Objects that live: V8 doubles a young generation that is left with so many. */
const KEEP = `
import { getHeapSpaceStatistics } from 'node:v8';
import { growHeapSlowly } from ${JSON.stringify(fileURLToPath(new URL('../../agent/small-heap.ts', import.meta.url)))};
if (process.argv.includes('small')) growHeapSlowly();
const kept = [];
for (let i = 0; i < 200_000; i++) kept.push({ i });
const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
console.log(young.space_size);
`;

const youngBytes = (...flags: string[]): number =>
  Number(
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', KEEP, '--', ...flags], {
      encoding: 'utf8',
    }),
  );

it('an agent that has little to do keeps its young generation small', () => {
  expect(youngBytes('small')).toBeLessThanOrEqual(4 << 20);
  expect(youngBytes()).toBeGreaterThan(4 << 20);
});
