import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TinyError } from '../../protocols/errors.ts';
import { mustBeNew, writeArtefact } from '../../trainer/artefact.ts';
import { temporaryFolder } from '../model/runtime/random-model.ts';

const root = temporaryFolder();
const inside = (name: string): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  return folder;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const contents = new Map<string, string | Uint8Array>([
  ['a.json', '{}'],
  ['b.bin', bytes('B')],
]);

describe('a file', () => {
  it('replaces the one before it, in folders made for it', async () => {
    const folder = inside('file');
    const path = join(folder, 'deep/er/model.gguf');
    for (const text of ['first', 'second']) {
      await writeArtefact(path, bytes(text));
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(readdirSync(join(folder, 'deep/er'))).toEqual(['model.gguf']);
  });

  it('is refused in the place of a folder, and leaves nothing', async () => {
    const folder = inside('occupied');
    mkdirSync(join(folder, 'model.gguf'));
    await expect(writeArtefact(join(folder, 'model.gguf'), bytes('x'))).rejects.toMatchObject({
      message: `cannot write ${join(folder, 'model.gguf')} (EISDIR)`,
      hint: 'that is a folder: add the name of a file',
    });
    expect(readdirSync(folder)).toEqual(['model.gguf']);
  });
});

describe('a folder', () => {
  it.each(['', sep])('appears with all its files (named with %j at its end)', async (end) => {
    const folder = inside(`folder${end.length}`);
    await writeArtefact(join(folder, 'out') + end, contents);
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['a.json', 'b.bin']);
    expect(readFileSync(join(folder, 'out/b.bin'), 'utf8')).toBe('B');
  });

  it('takes the place of an empty one, and of what a crash left', async () => {
    const folder = inside('empty');
    mkdirSync(join(folder, 'out'));
    mkdirSync(join(folder, 'out.partial'));
    writeFileSync(join(folder, 'out.partial/old'), '');
    await writeArtefact(join(folder, 'out'), contents);
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['a.json', 'b.bin']);
  });

  it('never takes the place of one that holds something', async () => {
    const folder = inside('full');
    writeFileSync(join(folder, 'mine'), 'precious');
    await expect(writeArtefact(folder, contents)).rejects.toThrow(/exists already and is not empty/);
    await expect(mustBeNew(folder)).rejects.toThrow(TinyError);
    expect(readdirSync(folder)).toEqual(['mine']);
  });

  it('is not left half written', async () => {
    const folder = inside('failing');
    const unwritable = new Map([...contents, ['no/such/folder', '']]);
    await expect(writeArtefact(join(folder, 'out'), unwritable)).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('cannot lie below a file', async () => {
    const file = join(inside('below'), 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'out')]) {
      await expect(writeArtefact(path, contents)).rejects.toMatchObject({
        hint: 'a part of that path is a file, not a folder',
      });
    }
  });
});
