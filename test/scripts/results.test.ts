import { expect, it } from 'vitest';
import { page } from '../../scripts/results.ts';
import { readRepositoryFile } from '../architecture/files.ts';

it('docs/results.md says what docs/results holds', async () => {
  // If not: npx tsx scripts/results.ts
  expect(readRepositoryFile('docs/results.md')).toBe(await page());
});
