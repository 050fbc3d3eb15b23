import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { essay, filesIn, folderWith, prepared } from './corpus-files.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** Ten files, hence ten pieces. */
const data = folderWith(
  Object.fromEntries(
    Array.from({ length: 10 }, (_, file) => [
      `text/${file}.txt`,
      Array.from({ length: 1500 }, (_, i) => essay(1500 * file + i, 80)).join('\n<|endoftext|>\n'),
    ]),
  ),
);
const corpus = {
  sources: [{ name: 'text', format: 'txt', path: 'text' }],
  validation: 0.1,
  shardTokens: 400_000,
};

describe('a preparation that ends too soon', () => {
  it('goes on after kill -9, and gives the bytes of an undisturbed one', async () => {
    const whole = await prepared(data, corpus);
    const out = folderWith({});
    const recipe = join(out, 'small.yaml');
    // JSON is YAML; the hash of the recipe is that of its bytes.
    writeFileSync(recipe, JSON.stringify({ name: 'small', corpus }));
    const command = ['cli.ts', 'prepare', '--recipe', recipe, '--data', data, '--out', out, '--threads', '1'];
    const child = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, ['--import', 'tsx', ...command], { cwd: REPOSITORY, stdio: 'ignore' });

    const killed = child();
    const pieces = join(out, '.prepare.partial', 'pieces');
    while (!existsSync(pieces) || !readdirSync(pieces).some((name) => name.endsWith('.json'))) await sleep(5);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(join(out, 'prepare'))).toBe(false);

    const [status] = (await once(child(), 'exit')) as [number];
    expect(status).toBe(0);
    const { 'manifest.json': ours, ...shards } = filesIn(join(out, 'prepare'));
    const { 'manifest.json': theirs, ...expected } = filesIn(whole.folder);
    expect(shards).toEqual(expected);
    expect(JSON.parse(ours!).splits).toEqual(JSON.parse(theirs!).splits);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says that the disk is full, and goes on when there is room',
    async () => {
      const out = folderWith({});
      const begun = new AbortController();
      const stopped = prepared(data, corpus, {
        out,
        signal: begun.signal,
        onProgress: () => begun.abort(new Error('stop')),
      });
      await expect(stopped).rejects.toThrow('stop');
      const pieces = join(out, '.prepare.partial', 'pieces');
      mkdirSync(pieces, { recursive: true });
      const last = join(pieces, '0000009.tokens');
      rmSync(last, { force: true });
      symlinkSync('/dev/full', last);
      await expect(prepared(data, corpus, { out })).rejects.toThrow(
        /cannot write .*0000009\.tokens \(ENOSPC\)/,
      );
      expect(existsSync(join(out, 'prepare'))).toBe(false);

      rmSync(last);
      const { manifest, notes } = await prepared(data, corpus, { out });
      expect(notes).toContain('prepare: going on where it was interrupted');
      expect(manifest.splits.train.documents + manifest.splits.val.documents).toBeGreaterThan(9_000);
    },
  );
});
