import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { distinctUntilChanged, map } from 'rxjs';
import type { Topics } from '../../protocols/topics.ts';
import type { Schedule } from '../config/schedules.ts';
import type { AgentConfig } from '../config.ts';
import type { MqttLink } from '../mqtt/client.ts';
import { RareLog } from '../rare-log.ts';
import { scheduleFile } from '../schedules/schedule-memory.ts';
import { type Job, Scheduler } from '../schedules/scheduler.ts';
import type { OperationContext } from './operations.ts';
import { Operator } from './operator.ts';
import { answerRequests } from './requests.ts';

export interface RunningOperations {
  readonly operator: Operator;
  stop(): Promise<void>;
}

export interface OperationsOptions extends OperationContext {
  readonly topics: Topics;
  readonly link: MqttLink;
  readonly stateDir: string;
}

/** Listen to requests, and to the clock. */
export function startOperations(options: OperationsOptions): RunningOperations {
  const { live, link, topics, log, stateDir } = options;
  const { site, agent } = live.now;
  const operator = new Operator(options);
  const requests = answerRequests({ link, topics, agent, operator, rareLog: new RareLog(log) });
  const memory = scheduleFile(join(stateDir, `schedules-${site}.${agent}.json`), log);
  let scheduler: Scheduler | undefined;
  const schedules$ = live.changes$.pipe(
    map(({ schedules }) => schedules),
    distinctUntilChanged(),
  );
  const changes = schedules$.subscribe((schedules) => {
    void scheduler?.stop();
    scheduler =
      schedules.length === 0 ? undefined : new Scheduler({ jobs: jobsOf(schedules, operator), memory, log });
    scheduler?.start();
  });
  return {
    operator,
    stop: async () => {
      changes.unsubscribe();
      requests.unsubscribe();
      await scheduler?.stop();
      await operator.idle();
    },
  };
}

const jobsOf = (schedules: AgentConfig['schedules'], operator: Operator): Job[] =>
  schedules.map((schedule) => {
    const { do: operation, cron, timeZone, missed, ...parameters } = schedule;
    return { id: idOf(schedule), cron, timeZone, missed, run: () => operator.do(operation, parameters) };
  });

/** The same for the same schedule: one that was changed has missed nothing. */
const idOf = (schedule: Schedule): string => {
  const hash = createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 8);
  return `${schedule.do} (${schedule.cron}) ${hash}`;
};
