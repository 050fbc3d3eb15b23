import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TinyError } from '../../protocols/errors.ts';
import { readYaml } from '../../protocols/yaml.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-yaml-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string): Promise<unknown> {
  const path = join(folder, 'task.yaml');
  await writeFile(path, text);
  return readYaml(path);
}

it('reads YAML, and JSON, which is YAML too', async () => {
  expect(await read('# a comment\nrows: 25\nlabels: [Tap, Hold]\n')).toEqual({
    rows: 25,
    labels: ['Tap', 'Hold'],
  });
  expect(await read('{"rows": 25}')).toEqual({ rows: 25 });
});

it.each([
  ['broken', 'rows: 25\nlabels: [Tap\n', /task\.yaml:\d+:\d+: /],
  ['indented by a tab', 'window:\n\trows: 25\n', /task\.yaml:2:1: a tab/],
  ['with a key twice', 'rows: 25\nhop: 1\nrows: 26\n', /task\.yaml:3:1: .*unique/],
  ['with an alias to nothing', 'rows: *other\n', /task\.yaml.*other/],
  [
    'that grows without bound (a billion laughs)',
    `a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n${[...'bcdefg']
      .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdef'[i]}`).join(', ')}]`)
      .join('\n')}\n`,
    /task\.yaml.*alias/i,
  ],
])('refuses a file %s, with its place', async (_what, text, message) => {
  const error = await read(text).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TinyError);
  expect((error as TinyError).message).toMatch(message);
  expect((error as TinyError).exitCode).toBe(78);
});

it('refuses a file that is not there, and a folder', async () => {
  await expect(readYaml(join(folder, 'none.yaml'))).rejects.toThrow(/there is no file .*none\.yaml/);
  await expect(readYaml(folder)).rejects.toThrow(TinyError);
});
