import { execFileSync } from 'node:child_process';
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FoundJournal, Journal } from '../../../agent/outbox/journal.ts';
import type { OutboxEntry } from '../../../agent/outbox/message.ts';
import { temporaryFolder } from '../../temporary.ts';

const LIMITS = { maxBytes: 64 << 20, maxAgeMs: 3_600_000 };

const entry = (seq: number, madeMs = Date.now(), bytes = 10): OutboxEntry => ({
  seq,
  madeMs,
  message: { topic: `board-${seq % 3}`, payload: JSON.stringify('x'.repeat(bytes)), retain: 'newest' },
});
const entries = (from: number, to: number): OutboxEntry[] =>
  Array.from({ length: to - from }, (_, i) => entry(from + i));

async function readAll(journal: Journal): Promise<OutboxEntry[]> {
  const all: OutboxEntry[] = [];
  while (journal.hasUnread) all.push(...(await journal.read()));
  return all;
}

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.journal')).sort();

/** A journal left behind by a process that was killed: the folder without its lock. */
async function killed(write: (journal: Journal) => Promise<void>): Promise<string> {
  const folder = await temporaryFolder();
  const { journal } = await Journal.open(join(folder, 'live'), LIMITS);
  await write(journal);
  const left = join(folder, 'left');
  await cp(join(folder, 'live'), left, { recursive: true });
  await rm(join(left, 'lock'));
  await journal.close();
  return left;
}

async function opened<T>(
  folder: string,
  look: (found: FoundJournal) => Promise<T>,
  limits = LIMITS,
): Promise<T> {
  const found = await Journal.open(folder, limits);
  try {
    return await look(found);
  } finally {
    await found.journal.close();
  }
}

describe('the journal of a process that was killed', () => {
  it('gives back what was appended, and what was not acknowledged', async () => {
    const folder = await killed(async (journal) => {
      await journal.append(entries(0, 5));
      await journal.append(entries(5, 9));
      await journal.mark(4);
    });
    await opened(folder, async ({ journal, acknowledgedBelow, newest }) => {
      expect(acknowledgedBelow).toBe(4);
      expect(journal).toMatchObject({ waiting: 5, lastSeq: 8 });
      expect(newest).toEqual(new Map([6, 7, 8].map((seq) => [`board-${seq % 3}`, seq])));
      expect((await readAll(journal)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });

  it('is empty when the broker had everything', async () => {
    const folder = await killed(async (journal) => {
      await journal.append(entries(0, 5));
      await journal.mark(5);
    });
    await opened(folder, async ({ journal }) => {
      expect(journal).toMatchObject({ waiting: 0, bytes: 0, lastSeq: 4 });
      expect(await filesOf(folder)).toEqual([]);
    });
  });

  it('tells how long its oldest message waits that the broker does not have', async () => {
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
    const folder = await killed(async (journal) => {
      await journal.append([entry(0, hoursAgo(9))]);
      await journal.append([entry(1, hoursAgo(5)), entry(2, hoursAgo(2))]);
    });
    const limits = { ...LIMITS, maxAgeMs: 100 * LIMITS.maxAgeMs };
    const look = async ({ journal }: FoundJournal) => {
      const waitsH = () => Math.round((journal.oldestAgeMs ?? Number.NaN) / 3_600_000);
      expect(waitsH()).toBe(9);
      for (const seq of [0, 1, 2]) journal.acknowledge(seq);
      expect(journal.oldestAgeMs).toBeUndefined();
      await journal.append([entry(3)]);
      expect(waitsH()).toBe(0);
    };
    await opened(folder, look, limits);
  });

  it('goes on after a torn end, at whatever byte the machine stopped', async () => {
    const before = entries(0, 3);
    const folder = await killed((journal) => journal.append(before));
    const [name] = await filesOf(folder);
    const path = join(folder, name!);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), async (cut) => {
        await writeFile(path, whole);
        await truncate(path, cut);
        const kept = Math.floor((cut / whole.length) * before.length);
        await opened(folder, async ({ journal, damagedBytes }) => {
          expect(damagedBytes).toBe(0);
          const from = journal.lastSeq + 1;
          expect(from).toBe(kept);
          await journal.append([entry(from)]);
        });
        await opened(folder, async ({ journal }) => {
          expect((await readAll(journal)).map(({ seq }) => seq)).toEqual(
            Array.from({ length: kept + 1 }, (_, i) => i),
          );
        });
        for (const other of await filesOf(folder)) if (other !== name) await rm(join(folder, other));
      }),
      { numRuns: 20, examples: [[0], [whole.length], [whole.length - 1], [1]] },
    );
  });

  it('passes over damage in the middle, and says how much', async () => {
    const folder = await killed((journal) => journal.append(entries(0, 3)));
    const path = join(folder, (await filesOf(folder))[0]!);
    const bytes = await readFile(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 0x10;
    await writeFile(path, bytes);
    await opened(folder, async ({ journal, damagedBytes }) => {
      expect((await readAll(journal)).map(({ seq }) => seq)).toEqual([0, 2]);
      expect(damagedBytes).toBe(bytes.length / 3);
    });
  });

  it('counts a message once that a failed write left behind before it was written again', async () => {
    const folder = await killed((journal) => journal.append(entries(0, 4)));
    const [name] = await filesOf(folder);
    await cp(join(folder, name!), join(folder, '00000002.journal'));
    await opened(folder, async ({ journal }) => {
      expect(journal.waiting).toBe(4);
    });
  });

  it('leaves a file that cannot be read where it is', async () => {
    const folder = await killed((journal) => journal.append(entries(0, 2)));
    execFileSync('mkdir', [join(folder, '00000007.journal')]);
    await opened(folder, async ({ journal, unreadable }) => {
      expect(unreadable).toEqual(['00000007.journal']);
      await journal.append([entry(2)]);
      expect(await filesOf(folder)).toEqual(['00000001.journal', '00000007.journal', '00000008.journal']);
    });
  });
});

describe('a journal', () => {
  it('forgets what was acknowledged, file by file, and everything at the end', async () => {
    const folder = await temporaryFolder();
    const { journal } = await Journal.open(folder, { ...LIMITS, maxBytes: 1 });
    for (let seq = 0; seq < 8; seq++) await journal.append([entry(seq, Date.now(), 40_000)]);
    const before = (await filesOf(folder)).length;
    expect(before).toBeGreaterThan(2);
    for (let seq = 0; seq < 4; seq++) journal.acknowledge(seq);
    await journal.mark(4);
    expect((await filesOf(folder)).length).toBeLessThan(before);
    expect(journal.waiting).toBe(4);
    for (let seq = 4; seq < 8; seq++) journal.acknowledge(seq);
    await journal.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('reads again from the start after `rewind`, and what is new before that', async () => {
    const folder = await temporaryFolder();
    await opened(folder, async ({ journal }) => {
      const seqs = async () => (await readAll(journal)).map(({ seq }) => seq);
      await journal.append(entries(0, 2));
      expect(await seqs()).toEqual([0, 1]);
      await journal.append(entries(2, 3));
      expect(await seqs()).toEqual([2]);
      journal.rewind();
      expect(await seqs()).toEqual([0, 1, 2]);
    });
  });

  it('gives up the oldest when it is full, and counts them', async () => {
    const folder = await temporaryFolder();
    const limits = { ...LIMITS, maxBytes: 300_000 };
    await opened(
      folder,
      async ({ journal }) => {
        for (let seq = 0; seq < 20; seq++) await journal.append([entry(seq, Date.now(), 40_000)]);
        const { full, old, lastSeq } = await journal.trim();
        const kept = (await readAll(journal)).map(({ seq }) => seq);
        expect(journal.bytes).toBeLessThanOrEqual(limits.maxBytes);
        expect(old).toBe(0);
        expect(full + kept.length).toBe(20);
        expect(kept[0]).toBe(lastSeq + 1);
        expect(kept.at(-1)).toBe(19);
      },
      limits,
    );
  });

  it('gives up what is too old, by the age that it had when it was opened', async () => {
    const hourAgo = Date.now() - 3_600_000;
    const folder = await killed(async (journal) => {
      await journal.append([entry(0, hourAgo)]);
    });
    await opened(
      folder,
      async ({ journal }) => {
        await journal.append([entry(1)]);
        expect(await journal.trim()).toEqual({ full: 0, old: 1, lastSeq: 0 });
        expect(journal.waiting).toBe(1);
      },
      { ...LIMITS, maxAgeMs: 1_800_000 },
    );
  });

  it('is one process at a time', async () => {
    const folder = await temporaryFolder();
    await opened(folder, async () => {
      await expect(Journal.open(folder, LIMITS)).rejects.toMatchObject({
        message: `another process (${process.pid}) uses ${folder}`,
        hint: expect.stringContaining('--state'),
      });
    });
    await opened(folder, async ({ journal }) => expect(journal.waiting).toBe(0));
  });

  it.each([
    ['a process that is no more', JSON.stringify({ pid: 2 ** 22 + 1, start: 'x' })],
    ['another process with the same number', JSON.stringify({ pid: process.pid, start: 'another boot' })],
    ['a power cut', '{"pid": 1'],
  ])('opens in spite of the lock of %s', async (_, lock) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'lock'), lock);
    await opened(folder, async ({ journal }) => expect(journal.waiting).toBe(0));
  });
});
