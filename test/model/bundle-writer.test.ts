import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../model/bundle.ts';
import { type BundleParts, writeBundle } from '../../model/bundle-writer.ts';
import { BundleCopy } from './bundle-copy.ts';

/** What `writeBundle` needs to write the shipped bundle again. */
async function partsOf(copy: BundleCopy, changes: Partial<BundleParts> = {}): Promise<BundleParts> {
  const { manifest, tokenizer } = await openBundle(copy.folder);
  const { format: _, files: __, digest: ___, ...rest } = manifest;
  return {
    manifest: rest,
    tokenizer,
    golden: copy.golden,
    card: readFileSync(copy.path('card.md'), 'utf8'),
    models: new Map(rest.variants.map(({ file }) => [file, readFileSync(copy.path(file))])),
    ...changes,
  };
}

const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'base64')]));

const beside = (copy: BundleCopy): string[] => readdirSync(dirname(copy.folder));

describe('writeBundle', () => {
  it('writes the shipped bundle byte for byte from its parts', async () => {
    const copy = new BundleCopy();
    const before = contents(copy.folder);
    await writeBundle(copy.folder, await partsOf(copy));
    expect(contents(copy.folder)).toEqual(before);
    expect(beside(copy)).toEqual(['gesture']);
  });

  it('makes the folders on its way, and takes a slash at the end', async () => {
    const copy = new BundleCopy();
    const parts = await partsOf(copy, { card: 'another card' });
    await writeBundle(`${copy.folder}/deep/er/`, parts);
    await openBundle(`${copy.folder}/deep/er`);
    await writeBundle(`${copy.folder}/`, parts);
    await openBundle(copy.folder);
    expect(readFileSync(copy.path('card.md'), 'utf8')).toBe('another card');
    expect(beside(copy)).toEqual(['gesture']);
  });

  it('leaves nothing of the bundle that was there', async () => {
    const copy = new BundleCopy();
    const parts = await partsOf(copy);
    writeFileSync(copy.path('stray'), '');
    await writeBundle(copy.folder, parts);
    expect(readdirSync(copy.folder)).not.toContain('stray');
  });

  it('leaves the old bundle whole when it fails midway', async () => {
    const copy = new BundleCopy();
    const before = contents(copy.folder);
    const parts = await partsOf(copy);
    const unwritable = new Map([...parts.models, ['no/such/folder', new Uint8Array(1)]]);
    await expect(writeBundle(copy.folder, { ...parts, models: unwritable })).rejects.toThrow(/ENOENT/);
    expect(contents(copy.folder)).toEqual(before);
    expect(beside(copy)).toEqual(['gesture']);
  });

  it('clears away what a killed run left beside it', async () => {
    const copy = new BundleCopy();
    const parts = await partsOf(copy);
    for (const left of ['partial', 'replaced']) {
      mkdirSync(`${copy.folder}.${left}`);
      writeFileSync(`${copy.folder}.${left}/half`, '');
    }
    rmSync(copy.folder, { recursive: true });
    await writeBundle(copy.folder, parts);
    await openBundle(copy.folder);
    expect(readdirSync(copy.folder)).not.toContain('half');
    expect(beside(copy)).toEqual(['gesture']);
  });
});
