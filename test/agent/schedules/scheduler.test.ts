import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../../agent/log.ts';
import { type ScheduleMemory, scheduleFile } from '../../../agent/schedules/schedule-memory.ts';
import { type Job, Scheduler } from '../../../agent/schedules/scheduler.ts';
import { temporaryFolder } from '../rig.ts';

const HOUR_MS = 3_600_000;

/** The clock and the timers of the test. */
const at = (time: string) => vi.setSystemTime(new Date(time));
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A log that keeps its lines. */
function logOf(): { lines: string[]; log: Log } {
  const lines: string[] = [];
  const keep = (message: string) => void lines.push(message);
  return { lines, log: { info: keep, warn: keep, error: keep } };
}

/** Of an agent that never starts again. */
const noMemory: ScheduleMemory = { dueMs: () => undefined, remember: () => {} };

/** A scheduler with one job that notes when it ran. */
function schedule(changes: Partial<Job> = {}, memory = noMemory) {
  const ran: string[] = [];
  const { lines, log } = logOf();
  const run = async () => void ran.push(new Date().toISOString());
  const job: Job = { id: 'verify', cron: '30 2 * * *', timeZone: 'UTC', missed: 'skip', run, ...changes };
  const scheduler = new Scheduler({ jobs: [job], memory, log });
  scheduler.start();
  return { scheduler, ran, lines };
}

describe('a schedule', () => {
  it('runs by the clock of its time zone', async () => {
    at('2026-07-01T12:00:00Z');
    const { ran, scheduler } = schedule({ timeZone: 'Europe/Berlin' });
    await pass(48 * HOUR_MS);
    expect(ran).toEqual(['2026-07-02T00:30:00.000Z', '2026-07-03T00:30:00.000Z']);
    await scheduler.stop();
    await pass(48 * HOUR_MS);
    expect(ran).toHaveLength(2);
  });

  it('runs once at a time that comes twice in autumn', async () => {
    at('2026-10-24T12:00:00Z');
    const { ran, scheduler } = schedule({ timeZone: 'Europe/Berlin' });
    await pass(24 * HOUR_MS);
    expect(ran).toEqual(['2026-10-25T01:30:00.000Z']);
    await scheduler.stop();
  });

  it('does not run on the day in spring that has no such time', async () => {
    at('2026-03-28T12:00:00Z');
    const { ran, scheduler } = schedule({ timeZone: 'Europe/Berlin' });
    await pass(48 * HOUR_MS);
    expect(ran).toEqual(['2026-03-30T00:30:00.000Z']);
    await scheduler.stop();
  });

  it('does not run beside itself', async () => {
    at('2026-07-01T02:29:00Z');
    let finish = () => {};
    const { scheduler, lines } = schedule({
      cron: '* * * * *',
      run: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    await pass(130_000);
    expect(lines).toEqual(['verify is due again and still runs: left out this time']);
    finish();
    await scheduler.stop();
  });

  it('goes on after a failure, and tells it', async () => {
    at('2026-07-01T02:28:30Z');
    const { scheduler, lines } = schedule({
      cron: '* * * * *',
      run: () => Promise.reject(new Error('no such bundle')),
    });
    await pass(120_000);
    expect(lines).toEqual(['verify failed: no such bundle', 'verify failed: no such bundle']);
    await scheduler.stop();
  });
});

describe('a time that passed unseen', () => {
  it.each([
    ['skip', 0, /^verify was due 2026-07-02T02:30:00.000Z and missed: left out$/],
    ['once', 1, /^verify was due 2026-07-02T02:30:00.000Z and missed: done now$/],
  ] as const)('while the machine slept: %s', async (missed, times, line) => {
    at('2026-07-01T12:00:00Z');
    const { ran, lines, scheduler } = schedule({ missed });
    // The clock goes on in sleep, timers do not.
    at('2026-07-04T12:00:00Z');
    await pass(60_000);
    expect(ran).toHaveLength(times);
    expect(lines[0]).toMatch(line);
    await scheduler.stop();
  });

  it.each([
    ['skip', 0],
    ['once', 1],
  ] as const)('while the agent was off: %s', async (missed, times) => {
    const path = join(await temporaryFolder(), 'state', 'schedules.json');
    const memory = () => scheduleFile(path, logOf().log);
    at('2026-07-01T12:00:00Z');
    await schedule({ missed }, memory()).scheduler.stop();
    at('2026-07-03T12:00:00Z');
    const { ran, scheduler } = schedule({ missed }, memory());
    await pass(60_000);
    expect(ran).toHaveLength(times);
    // And only once.
    await scheduler.stop();
    const again = schedule({ missed }, memory());
    await pass(60_000);
    expect(again.ran).toEqual([]);
    await again.scheduler.stop();
  });

  it('is not missed by an agent that starts for the first time, nor with a damaged memory', async () => {
    const path = join(await temporaryFolder(), 'schedules.json');
    await writeFile(path, '{"verify": "soon"}');
    at('2026-07-01T12:00:00Z');
    const { ran, scheduler } = schedule({ missed: 'once' }, scheduleFile(path, logOf().log));
    await pass(60_000);
    expect(ran).toEqual([]);
    await scheduler.stop();
  });
});

describe('a clock that is set', () => {
  it('back by a day: the schedule goes by the new time', async () => {
    at('2026-07-05T02:00:00Z');
    const { ran, scheduler } = schedule();
    await pass(HOUR_MS);
    at('2026-07-04T02:00:00Z');
    await pass(HOUR_MS);
    expect(ran).toEqual(['2026-07-05T02:30:00.000Z', '2026-07-04T02:30:00.000Z']);
    await scheduler.stop();
  });

  it('ahead by half a century, as on a board without a clock of its own: one time was missed, not millions', async () => {
    at('1970-01-01T00:00:00Z');
    const { lines, scheduler } = schedule({ cron: '* * * * *' });
    at('2026-07-04T02:00:10Z');
    const started = performance.now();
    await pass(30_000);
    expect(lines).toEqual(['verify was due 1970-01-01T00:01:00.000Z and missed: left out']);
    expect(performance.now() - started).toBeLessThan(60_000);
    await scheduler.stop();
  });
});

it('says once that it cannot keep due times, and goes on', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const { lines, log } = logOf();
  const memory = scheduleFile(join(folder, 'file', 'schedules.json'), log);
  memory.remember([['verify', 1]]);
  memory.remember([['verify', 2]]);
  expect(lines).toEqual([expect.stringMatching(/schedules\.json cannot be written, so missed/)]);
});
