import { describe, expect, it } from 'vitest';
import { schemas } from '../../scripts/schemas.ts';
import { readRepositoryFile } from '../architecture/files.ts';

describe('the JSON Schemas', () => {
  it.each([...schemas()])('%s is current', (path, text) => {
    // If not: npx tsx scripts/schemas.ts
    expect(readRepositoryFile(path)).toBe(text);
  });
});
