/** What a message in the outbox costs: `npx tsx bench/outbox.ts`. Figures are in docs/delivery.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../agent/log.ts';
import type { OutboxMessage } from '../agent/outbox/message.ts';
import { Outbox } from '../agent/outbox/outbox.ts';
import { Segment } from '../agent/outbox/segment.ts';

/** As long as a prediction is. */
const message: OutboxMessage = {
  topic: 'tinyllm/home/wrist-01/prediction',
  payload: JSON.stringify({ id: 'e10f593a3b17c7e4', rest: 'x'.repeat(400), replayed: false }),
  retain: 'newest',
};
const LIMITS = { maxBytes: 64 << 20, maxAgeMs: 3_600_000, commitMs: 20, log: silentLog };

/** Microseconds of processor time for each of `count` messages. */
async function costUs(count: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

const folder = await mkdtemp(join(tmpdir(), 'tinyllm-outbox-'));

const quick = await Outbox.open({ ...LIMITS, folder: join(folder, 'quick') });
const acknowledgedUs = await costUs(100_000, async () => {
  for (let seq = 0; seq < 100_000; seq++) {
    quick.put(message);
    quick.sent(seq);
    quick.settled(seq);
    if (seq % 1000 === 0) await setImmediate();
  }
});
await quick.close();

const away = await Outbox.open({ ...LIMITS, folder: join(folder, 'away') });
const journalledUs = await costUs(20_000, async () => {
  for (let n = 0; n < 20_000; n++) {
    away.put(message);
    if (n % 20 === 0) await sleep(1);
  }
  while (away.journalled < 20_000) await sleep(5);
});
const bytesEach = away.bytes / 20_000;
await away.close();

const segment = await Segment.create(join(folder, 'segment'));
const syncsMs: number[] = [];
for (let seq = 0; seq < 300; seq++) {
  const startMs = performance.now();
  await segment.append([{ seq, madeMs: Date.now(), message }]);
  syncsMs.push(performance.now() - startMs);
}
await segment.seal();
await rm(folder, { recursive: true });

const sorted = syncsMs.sort((a, b) => a - b);
const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
console.log(`acknowledged before its group is committed: ${acknowledgedUs.toFixed(1)} us`);
console.log(`written to the journal: ${journalledUs.toFixed(1)} us, ${Math.round(bytesEach)} bytes`);
console.log(
  `write and sync of a group: p50 ${quantile(0.5).toFixed(1)} ms, p95 ${quantile(0.95).toFixed(1)} ms`,
);
