import { mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Run, stage } from '../../trainer/stage.ts';

let out: string;
let notes: string[];
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  notes = [];
});
afterEach(() => rm(out, { recursive: true }));

const run = (signal = new AbortController().signal): Run => ({
  out,
  seed: 1,
  signal,
  note: (line) => notes.push(line),
});
const write = (text: string) => (folder: string) => writeFile(join(folder, 'result'), text);
const never = async () => {
  throw new Error('ran again');
};
const result = () => readFile(join(out, 'prepare', 'result'), 'utf8');

describe('a stage', () => {
  it('leaves its folder whole, and is not run again for the same inputs', async () => {
    expect(await stage(run(), 'prepare', { data: 'a' }, write('first'))).toBe(join(out, 'prepare'));
    await stage(run(), 'prepare', { data: 'a' }, never);
    expect(await result()).toBe('first');
    expect(notes).toEqual(['prepare: done before, nothing changed']);
    expect(await readdir(out)).toEqual(['prepare']);
  });

  it('is replaced for other inputs, and leaves nothing of the old result', async () => {
    await stage(run(), 'prepare', { data: 'a' }, async (folder) => {
      await write('first')(folder);
      await writeFile(join(folder, 'only-before'), '');
    });
    await stage(run(), 'prepare', { data: 'b' }, write('second'));
    expect(await result()).toBe('second');
    expect(await readdir(join(out, 'prepare'))).toEqual(['result', 'stamp.json']);
  });

  it('goes on with what an interrupted run left, and keeps the old result until then', async () => {
    await stage(run(), 'prepare', { data: 'a' }, write('old'));
    const killed = stage(run(), 'prepare', { data: 'b' }, async (folder) => {
      await writeFile(join(folder, 'half'), 'done');
      throw new Error('killed');
    });
    await expect(killed).rejects.toThrow('killed');
    expect(await result()).toBe('old');
    await stage(run(), 'prepare', { data: 'b' }, async (folder) => {
      expect(await readFile(join(folder, 'half'), 'utf8')).toBe('done');
      await write('new')(folder);
    });
    expect(notes).toEqual(['prepare: going on where it was interrupted']);
    expect(await result()).toBe('new');
  });

  it('does not go on with what a run of other inputs left', async () => {
    await stage(run(), 'prepare', { data: 'a' }, async (folder) => {
      await writeFile(join(folder, 'half'), 'done');
      throw new Error('killed');
    }).catch(() => {});
    await stage(run(), 'prepare', { data: 'b' }, async (folder) => {
      expect(await readdir(folder)).toEqual(['stamp.json']);
    });
  });

  it('sets aside what a run of other inputs left, where that is dear', async () => {
    const interrupted = (text: string) => async (folder: string) => {
      await writeFile(join(folder, 'checkpoint'), text);
      throw new Error('killed');
    };
    const keep = { keep: 'checkpoint' };
    await expect(stage(run(), 'prepare', 'a', interrupted('days of work'), keep)).rejects.toThrow('killed');
    await expect(stage(run(), 'prepare', 'b', interrupted('a day'), keep)).rejects.toThrow('killed');
    await stage(run(), 'prepare', 'c', write('third'), keep);
    const kept = (number: number) =>
      readFile(join(out, `prepare-interrupted-${number}`, 'checkpoint'), 'utf8');
    expect(await Promise.all([kept(1), kept(2)])).toEqual(['days of work', 'a day']);
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain(join(out, 'prepare-interrupted-1'));
    expect(await readdir(join(out, 'prepare'))).toEqual(['result', 'stamp.json']);

    // Back under its name it goes on.
    await rename(join(out, 'prepare-interrupted-1'), join(out, '.prepare.partial'));
    await stage(run(), 'prepare', 'a', async (folder) =>
      expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe('days of work'),
    );
  });

  it('starts anew where the kill came between making the folder and its stamp, or in the middle of the stamp', async () => {
    for (const torn of ['', '{"stage":"prep']) {
      await stage(run(), 'prepare', { torn }, async (folder) => {
        await writeFile(join(folder, 'stamp.json'), torn);
        await writeFile(join(folder, 'half'), 'done');
        throw new Error('killed');
      }).catch(() => {});
      await stage(run(), 'prepare', { torn }, async (folder) => {
        expect(await readdir(folder)).toEqual(['stamp.json']);
      });
    }
  });

  it('does not begin once the run is stopped, but still finds what is done', async () => {
    await stage(run(), 'prepare', {}, write('done'));
    const stopped = run(AbortSignal.abort(new Error('stopped by SIGINT')));
    await stage(stopped, 'prepare', {}, never);
    await expect(stage(stopped, 'finetune', {}, never)).rejects.toThrow('stopped by SIGINT');
    expect(await readdir(out)).toEqual(['prepare']);
  });

  it('says so when the disk is full, and leaves nothing under its final name', async () => {
    const full = stage(run(), 'prepare', {}, async (folder) => {
      // A device on which every write fails as on a full disk.
      await symlink('/dev/full', join(folder, 'result'));
      await write('too much')(folder);
    });
    await expect(full).rejects.toMatchObject({
      message: `cannot write ${join(out, 'prepare')} (ENOSPC)`,
      hint: expect.stringContaining('free some space'),
    });
    expect(await readdir(out)).toEqual(['.prepare.partial']);
  });

  it('does not take what cannot be read elsewhere for a fault of its own folder', async () => {
    const elsewhere = stage(run(), 'prepare', {}, async () => void (await readdir(import.meta.filename)));
    await expect(elsewhere).rejects.toThrow(/^ENOTDIR/);
  });
});
