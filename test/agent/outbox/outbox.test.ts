import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Log, silentLog } from '../../../agent/log.ts';
import { Delivery } from '../../../agent/outbox/delivery.ts';
import { Outbox, type OutboxOptions } from '../../../agent/outbox/outbox.ts';
import { eventually, temporaryFolder } from '../../temporary.ts';
import { Wire } from './wire.ts';

const LIMITS = { maxBytes: 64 << 20, maxAgeMs: 3_600_000, commitMs: 5, log: silentLog };
const TOPIC = 'tinyllm/lab/wrist-01/prediction';

async function openOutbox(folder: string | undefined, changes: Partial<OutboxOptions> = {}): Promise<Outbox> {
  const outbox = await Outbox.open({ ...LIMITS, folder, ...changes });
  onTestFinished(() => outbox.close());
  return outbox;
}

function deliver(outbox: Outbox, wire: Wire): Delivery {
  const delivery = new Delivery(outbox, wire, silentLog);
  onTestFinished(() => {
    wire.cut();
  });
  return delivery;
}

const put = (outbox: Outbox, n: number, { topic = TOPIC, pad = '' } = {}): void =>
  outbox.put({ topic, payload: JSON.stringify({ n, pad, replayed: false }), retain: 'newest' });

const numbers = (wire: Wire): number[] => wire.payloads.map((payload) => (payload as { n: number }).n);
const isSettled = (outbox: Outbox) => eventually(() => expect(outbox.waiting).toBe(0));
const isJournalled = (outbox: Outbox, count: number) =>
  eventually(() => expect(outbox.journalled).toBeGreaterThanOrEqual(count));
const journalFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.journal'));

describe('an outbox with a connection', () => {
  it('sends at once, and leaves the disk alone when the broker is quick', async () => {
    const folder = await temporaryFolder();
    const outbox = await openOutbox(folder, { commitMs: 200 });
    const wire = new Wire();
    const delivery = deliver(outbox, wire);
    wire.connect();
    for (let n = 0; n < 100; n++) put(outbox, n);
    await isSettled(outbox);
    expect(numbers(wire)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(wire.payloads).not.toContainEqual(expect.objectContaining({ replayed: true }));
    await outbox.close();
    expect(delivery.health()).toMatchObject({ place: 'disk', journalled: 0, delivered: 100, replayed: 0 });
    expect(await journalFiles(folder)).toEqual([]);
  });

  it('has a bounded number on their way, and goes on as they are acknowledged', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    wire.acknowledges = false;
    deliver(outbox, wire);
    wire.connect();
    for (let n = 0; n < 100; n++) put(outbox, n);
    await isJournalled(outbox, 100);
    expect(wire.sent.length).toBe(16);
    wire.acknowledge(3);
    await eventually(() => expect(wire.sent.length).toBe(19));
    expect(outbox.waiting).toBe(97);
  });

  it('retains the newest of each topic only, and never what is not to be retained', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    for (let n = 0; n < 3; n++) put(outbox, n);
    put(outbox, 3, { topic: 'other' });
    outbox.put({ topic: 'event', payload: '{"n":4}', retain: 'never' });
    deliver(outbox, wire);
    wire.connect();
    await isSettled(outbox);
    expect(wire.sent.map(({ retain }) => retain)).toEqual([false, false, true, true, false]);
  });

  it('passes by what the broker will never take, and counts it', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    wire.refusal = Object.assign(new Error('Publish error: Not authorized'), { code: 0x87 });
    const delivery = deliver(outbox, wire);
    wire.connect();
    put(outbox, 0);
    await isSettled(outbox);
    expect(delivery.health()).toMatchObject({ delivered: 0, dropped: { refused: 1 } });
  });

  it('asks a busy broker again', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    wire.refusal = Object.assign(new Error('Publish error: Quota exceeded'), { code: 0x97 });
    deliver(outbox, wire);
    wire.connect();
    put(outbox, 0);
    put(outbox, 1);
    await eventually(() => expect(wire.sent.length).toBeGreaterThan(0));
    wire.refusal = undefined;
    await isSettled(outbox);
    expect(numbers(wire).slice(-2)).toEqual([0, 1]);
  });
});

describe('an outbox whose connection is lost', () => {
  it('sends again what was not acknowledged, in order, and says that it is late', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    wire.acknowledges = false;
    const delivery = deliver(outbox, wire);
    wire.connect();
    for (let n = 0; n < 5; n++) put(outbox, n);
    await eventually(() => expect(wire.sent.length).toBe(5));
    wire.acknowledge(2);
    await eventually(() => expect(outbox.waiting).toBe(3));
    wire.cut();
    put(outbox, 5);
    await isJournalled(outbox, 4);
    wire.sent.length = 0;
    wire.acknowledges = true;
    wire.connect();
    put(outbox, 6);
    await isSettled(outbox);
    expect(numbers(wire)).toEqual([2, 3, 4, 5, 6]);
    expect(wire.payloads.map((payload) => (payload as { replayed: boolean }).replayed)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(delivery.health()).toMatchObject({ delivered: 7, replayed: 4 });
  });

  it('says the newest of each topic again, for a broker that has lost it', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    const delivery = deliver(outbox, wire);
    wire.connect();
    for (let n = 0; n < 3; n++) put(outbox, n);
    put(outbox, 3, { topic: 'released' });
    put(outbox, 4, { topic: 'overtaken' });
    await isSettled(outbox);
    delivery.forget('released');
    wire.cut();
    put(outbox, 5, { topic: 'overtaken' });
    wire.sent.length = 0;
    wire.connect();
    await isSettled(outbox);
    expect(wire.sent.map(({ topic, retain }) => ({ topic, retain }))).toEqual([
      { topic: TOPIC, retain: true },
      { topic: 'overtaken', retain: true },
    ]);
    expect(numbers(wire)).toEqual([2, 5]);
  });

  it('holds little in memory, and gives back what is on disk from the oldest on', async () => {
    const outbox = await openOutbox(await temporaryFolder());
    const wire = new Wire();
    deliver(outbox, wire);
    const pad = 'x'.repeat(10_000);
    for (let n = 0; n < 600; n++) {
      put(outbox, n, { pad });
      if (n % 100 === 99) await isJournalled(outbox, n + 1);
    }
    // More than memory may hold.
    expect(outbox.bytes).toBeGreaterThan(5 << 20);
    expect(outbox.dropped.memory).toBe(0);
    wire.connect();
    await isSettled(outbox);
    expect(numbers(wire)).toEqual(Array.from({ length: 600 }, (_, n) => n));
  });

  it('delivers everything at least once and in order, whatever is lost when', async () => {
    const folder = await temporaryFolder();
    const happening = fc.constantFrom(
      'put',
      'put',
      'put',
      'connect',
      'cut',
      'acknowledge',
      'wait',
      'restart',
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
        const options = { ...LIMITS, folder: join(folder, String(run++)), commitMs: 1 };
        let outbox = await Outbox.open(options);
        let wire = new Wire();
        let delivery = new Delivery(outbox, wire, silentLog);
        const arrived: number[] = [];
        let made = 0;
        wire.acknowledges = false;
        for (const happens of happenings) {
          if (happens === 'put') put(outbox, made++);
          if (happens === 'connect' && !wire.connected) wire.connect();
          if (happens === 'cut') wire.cut();
          if (happens === 'acknowledge') wire.acknowledge(2);
          if (happens === 'wait') await new Promise((resolve) => setTimeout(resolve, 2));
          if (happens === 'restart') {
            wire.cut();
            await delivery.stop();
            await outbox.close();
            arrived.push(...numbers(wire));
            outbox = await Outbox.open(options);
            wire = new Wire();
            delivery = new Delivery(outbox, wire, silentLog);
            wire.acknowledges = false;
          }
        }
        wire.cut();
        wire.acknowledges = true;
        wire.connect();
        await isSettled(outbox);
        await delivery.stop();
        await outbox.close();
        arrived.push(...numbers(wire));
        const first = arrived.filter((n, i) => arrived.indexOf(n) === i);
        expect(first).toEqual(Array.from({ length: made }, (_, n) => n));
      }),
      { numRuns: 25 },
    );
  });
});

describe('an outbox that is opened again', () => {
  it('sends what was left, late, before anything new', async () => {
    const folder = await temporaryFolder();
    const first = await openOutbox(folder);
    for (let n = 0; n < 3; n++) put(first, n);
    await first.close();

    const outbox = await openOutbox(folder);
    expect(outbox.waiting).toBe(3);
    const wire = new Wire();
    deliver(outbox, wire);
    put(outbox, 3);
    wire.connect();
    put(outbox, 4);
    await isSettled(outbox);
    expect(numbers(wire)).toEqual([0, 1, 2, 3, 4]);
    expect(wire.payloads.filter((payload) => (payload as { replayed: boolean }).replayed)).toHaveLength(4);
    expect(wire.sent.map(({ retain }) => retain)).toEqual([false, false, false, false, true]);
  });

  it('is refused while another process has the folder', async () => {
    const folder = await temporaryFolder();
    await openOutbox(folder);
    await expect(openOutbox(folder)).rejects.toMatchObject({
      message: expect.stringContaining('another process'),
    });
  });
});

describe('an outbox on a disk that does not take it', () => {
  /** Keeps what is said. */
  function listening(): { log: Log; lines: string[] } {
    const lines: string[] = [];
    const keep = (line: string) => void lines.push(line);
    return { lines, log: { info: keep, warn: keep, error: keep } };
  }

  it('says where and what to do, once; goes on in memory; takes up the journal when it can', async () => {
    const folder = join(await temporaryFolder(), 'state', 'outbox');
    await writeFile(join(folder, '..', '..', 'state'), 'in the way');
    const { log, lines } = listening();
    const outbox = await openOutbox(folder, { log });
    const wire = new Wire();
    const delivery = deliver(outbox, wire);
    put(outbox, 0);
    put(outbox, 1);
    expect(delivery.health()).toMatchObject({ place: 'memory', waiting: 2, journalled: 0 });
    expect(lines).toEqual([
      expect.stringMatching(
        /^the outbox cannot be written to .*state\/outbox: a part of that path is a file.*in memory.*--state DIR$/,
      ),
    ]);

    await rm(join(folder, '..'));
    await isJournalled(outbox, 2);
    expect(delivery.health()).toMatchObject({ place: 'disk', waiting: 2 });
    expect(lines.at(-1)).toBe(`the outbox is on disk again, in ${folder}`);
    wire.connect();
    await isSettled(outbox);
    expect(numbers(wire)).toEqual([0, 1]);
  });

  it('sends what it finds in a journal that it could open late before what is in memory', async () => {
    const folder = join(await temporaryFolder(), 'outbox');
    const earlier = await openOutbox(folder);
    for (let n = 0; n < 3; n++) put(earlier, n);
    await earlier.close();
    await rename(folder, `${folder}-elsewhere`);
    await writeFile(folder, 'in the way');
    const outbox = await openOutbox(folder);
    expect(outbox.isOnDisk).toBe(false);
    put(outbox, 3);
    put(outbox, 4);
    await rm(folder);
    await rename(`${folder}-elsewhere`, folder);
    await isJournalled(outbox, 2);
    const wire = new Wire();
    deliver(outbox, wire);
    wire.connect();
    await isSettled(outbox);
    expect(numbers(wire)).toEqual([0, 1, 2, 3, 4]);
    expect(wire.sent.map(({ retain }) => retain)).toEqual([false, false, false, false, true]);
  });

  it('goes on when the folder vanishes under it', async () => {
    const folder = join(await temporaryFolder(), 'outbox');
    const { log, lines } = listening();
    const outbox = await openOutbox(folder, { log, maxAgeMs: 50 });
    await rm(folder, { recursive: true });
    put(outbox, 0);
    await eventually(() => expect(lines).toEqual([expect.stringContaining('the folder is not there')]));
    await mkdir(folder);
    await isJournalled(outbox, 1);
    expect(outbox.isOnDisk).toBe(true);
  });

  it('keeps memory within a bound, the newest, and counts the others', async () => {
    const { log, lines } = listening();
    const outbox = await openOutbox(undefined, { log });
    const pad = 'x'.repeat(100_000);
    for (let n = 0; n < 100; n++) put(outbox, n, { pad });
    const wire = new Wire();
    const delivery = deliver(outbox, wire);
    wire.connect();
    await isSettled(outbox);
    expect(numbers(wire).at(-1)).toBe(99);
    expect(wire.sent.length).toBeGreaterThan(20);
    expect(wire.sent.length + delivery.health().dropped.memory).toBe(100);
    expect(lines).toEqual([expect.stringContaining('given up: too many wait in memory')]);
  });
});

describe('an outbox at its limits', () => {
  it('gives up the oldest on disk, and counts them', async () => {
    const outbox = await openOutbox(await temporaryFolder(), { maxBytes: 1 << 20 });
    const wire = new Wire();
    const delivery = deliver(outbox, wire);
    const pad = 'x'.repeat(20_000);
    for (let n = 0; n < 100; n++) {
      put(outbox, n, { pad });
      if (n % 10 === 9) await isJournalled(outbox, n + 1);
    }
    await outbox.trim();
    expect(outbox.bytes).toBeLessThanOrEqual(1 << 20);
    wire.connect();
    await isSettled(outbox);
    const { dropped } = delivery.health();
    expect(dropped.full).toBeGreaterThan(0);
    expect(numbers(wire)).toEqual(Array.from({ length: 100 - dropped.full }, (_, i) => i + dropped.full));
  });

  it('gives up what is too old when it is trimmed', async () => {
    const outbox = await openOutbox(await temporaryFolder(), { maxAgeMs: 100 });
    put(outbox, 0);
    await isJournalled(outbox, 1);
    await eventually(async () => {
      await outbox.trim();
      expect(outbox.dropped.old).toBe(1);
    });
    expect(outbox.waiting).toBe(0);
  });
});
