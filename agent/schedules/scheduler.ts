import { createTask, type ScheduledTask } from 'node-cron';
import type { Log } from '../log.ts';
import type { ScheduleMemory } from './schedule-memory.ts';

/** Something to be done by the clock. */
export interface Job {
  /** Tells it apart from the others, across restarts too. */
  readonly id: string;
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  readonly timeZone?: string | undefined;
  /** When its time passed while nobody could see to it. */
  readonly missed: 'skip' | 'once';
  readonly run: () => Promise<unknown>;
}

export interface SchedulerOptions {
  readonly jobs: readonly Job[];
  /** Keeps due times over a restart. */
  readonly memory: ScheduleMemory;
  readonly log: Log;
}

/** The clock of the machine is looked at this often at least: it may be set, and the machine may sleep. */
const LOOK_EVERY_MS = 30_000;
/** A job that is later than this was missed. */
const TOLERANCE_MS = 90_000;

interface Entry {
  readonly job: Job;
  readonly task: ScheduledTask;
  dueMs: number;
  running: Promise<void> | undefined;
}

/**
 * Runs jobs by the clock on the wall of their time zone.
 *
 * node-cron knows when; the timer is ours: its own counts every time that passed while a clock was wrong, minute by
 * minute, and waits where the clock is set back. A job that still runs when it is due again is left out that time. A
 * time of day that daylight saving leaves out does not come that day; one that comes twice counts once.
 */
export class Scheduler {
  readonly #entries: Entry[] = [];
  readonly #memory: ScheduleMemory;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #lookedMs = Date.now();

  constructor({ jobs, memory, log }: SchedulerOptions) {
    this.#memory = memory;
    this.#log = log;
    for (const job of jobs) {
      const task = createTask(
        job.cron,
        () => {},
        job.timeZone === undefined ? {} : { timezone: job.timeZone },
      );
      const remembered = memory.dueMs(job.id);
      const nextMs = nextRun(task);
      // What was due while the agent was off is due still; a later time would be of a clock that was wrong then.
      this.#entries.push({ job, task, dueMs: Math.min(remembered ?? nextMs, nextMs), running: undefined });
    }
  }

  start(): void {
    this.#look();
  }

  /** Ends the clock and waits for the jobs that run. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { task } of this.#entries) await task.destroy();
    await Promise.all(this.#entries.map(({ running }) => running));
  }

  #look(): void {
    const now = Date.now();
    const wasSetBack = now < this.#lookedMs;
    this.#lookedMs = now;
    const due = this.#entries.filter(({ dueMs }) => now >= dueMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const entry of due) this.#doOrSkip(entry, now - entry.dueMs);
    for (const entry of wasSetBack ? this.#entries : due) entry.dueMs = nextRun(entry.task);
    this.#memory.remember(this.#entries.map(({ job, dueMs }) => [job.id, dueMs]));
    const nextMs = Math.min(...this.#entries.map(({ dueMs }) => dueMs));
    this.#timer = setTimeout(() => this.#look(), Math.min(LOOK_EVERY_MS, Math.max(0, nextMs - now)));
  }

  #doOrSkip(entry: Entry, lateMs: number): void {
    const { job } = entry;
    if (entry.running !== undefined) {
      this.#log.warn(`${job.id} is due again and still runs: left out this time`);
      return;
    }
    if (lateMs > TOLERANCE_MS) {
      const missed = `${job.id} was due ${new Date(entry.dueMs).toISOString()} and missed`;
      this.#log.warn(job.missed === 'skip' ? `${missed}: left out` : `${missed}: done now`);
      if (job.missed === 'skip') return;
    }
    entry.running = job
      .run()
      .then(
        () => this.#log.info(`${job.id} is done`),
        (error: Error) => this.#log.error(`${job.id} failed: ${error.message}`),
      )
      .finally(() => {
        entry.running = undefined;
      });
  }
}

/** Epoch milliseconds, after this moment. */
const nextRun = (task: ScheduledTask): number => task.getNextRuns(1)[0]!.getTime();
