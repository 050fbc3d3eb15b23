import { catchError, connectable, filter, fromEvent, merge, NEVER, share, takeUntil } from 'rxjs';
import { episodes } from '../pipeline/episodes.ts';
import { every, newest } from '../pipeline/load.ts';
import type { Meter } from '../pipeline/meter.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { Topics } from '../protocols/topics.ts';
import { availability } from './availability.ts';
import { BoardLimit } from './board-limit.ts';
import type { Control } from './control.ts';
import { wantedEpisodes } from './episode-settings.ts';
import { Deadline } from './guards/deadline.ts';
import { info } from './health.ts';
import { idleBoards } from './idle-boards.ts';
import type { LiveConfig } from './live-config.ts';
import type { Log } from './log.ts';
import { modelEnd } from './model-trouble.ts';
import type { Broker } from './mqtt/broker.ts';
import type { MqttLink } from './mqtt/client.ts';
import { answers } from './narrate.ts';
import type { Delivery } from './outbox/delivery.ts';
import { Publisher } from './publisher.ts';
import { RareLog } from './rare-log.ts';
import { Refusals, readBy } from './refusals.ts';
import { reports } from './reports.ts';
import { type Served, tasksOf } from './served.ts';
import { sharing } from './site/sharing.ts';
import { openSource } from './sources/source.ts';
import { UnsetClocks } from './sources/unset-clocks.ts';
import { taskPredictions } from './task-predictions.ts';

export interface Works {
  readonly live: LiveConfig;
  readonly control: Control;
  readonly topics: Topics;
  readonly served: readonly Pick<Served, 'brain'>[];
  readonly link: MqttLink;
  readonly delivery: Delivery;
  /** The one inside the agent, if any. */
  readonly broker?: Broker | undefined;
  readonly meter: Meter;
  readonly log: Log;
  /** Ends the source; what was read is still answered. */
  readonly signal: AbortSignal;
}

/** A board that has said nothing for so long is not late with a batch: what it began ends. */
const SILENCE_MS = 5000;

/**
 * The agent at work: readings -> predictions -> topics, and around them who is there and how it goes.
 *
 * @returns when the source has ended and all answers are in the outbox; rejects when the source failed or the model has ended
 */
export async function operate({ live, control, ...works }: Works): Promise<void> {
  const { topics, served, link, delivery, broker, meter, log, signal } = works;
  const brains = served.map(({ brain }) => brain);
  const tasks = tasksOf(served);
  const config = live.now;
  const rareLog = new RareLog(log);
  const refusals = new Refusals(rareLog, readBy(tasks));
  const shared = sharing({ link, topics, agent: config.agent, tasks, group: config.share });
  const wanted = wantedEpisodes(config.episodes, tasks);
  const publisher = new Publisher(link, delivery, topics, info(config.agent, brains));
  const load = config.load === 'every' ? every() : { ...newest, deadlineMs: config.deadlineMs };
  const boards = new BoardLimit(config.boards.max);
  const clocks = new UnsetClocks(rareLog);
  const source = openSource(config.source, {
    topics,
    link,
    door: { admission: live.admission, refusals, boards, clocks },
    mine: shared.mine,
    load,
    log: rareLog,
  });
  const { serial, frames, clocks: boardClocks } = source;
  const deadline = new Deadline(tasks, source.isLive);
  const counting = { meter, refusals, clocks, link, delivery, broker, deadline, control, sharing: shared };
  const ended$ = fromEvent(signal, 'abort');
  const readings$ = connectable(source.readings$.pipe(takeUntil(merge(ended$, ...brains.map(modelEnd)))));

  const offlineAfterMs = () => live.now.availability.offlineAfterS * 1000;
  const availability$ = readings$.pipe(availability(offlineAfterMs, shared.released$), share());
  const forgetAfterMs = () => config.boards.forgetAfterS * 1000 - offlineAfterMs();
  const idle$ = source.isLive
    ? availability$.pipe(
        idleBoards(forgetAfterMs, shared.released$),
        catchError(() => NEVER),
        share(),
      )
    : NEVER;
  const released$ = merge(shared.released$, idle$).pipe(share());

  const told = reports({
    ...{ live, control, topics, brains, link, delivery, meter, log, rareLog, publisher, shared },
    ...{ counters: { ...counting, serial, frames, boardClocks }, readings$, availability$, idle$, released$ },
    episodes: wanted,
  });
  told.add(
    released$.subscribe((board) => {
      boards.forget(board);
      clocks.forget(board);
    }),
  );

  const silenceMs = source.isLive ? SILENCE_MS : undefined;
  const predictions$ = readings$.pipe(
    filter(() => !control.paused$.value),
    taskPredictions(brains, load, meter, {
      agent: config.agent,
      silenceMs,
      reorderMs: config.boards.reorderMs,
      released$,
    }),
    filter((prediction) => source.isAttached(prediction.board) || shared.isOurs(prediction)),
    share(),
  );
  const ofTask = ({ name }: TaskSpec) =>
    predictions$.pipe(filter(({ prediction }) => prediction.task === name));
  for (const { task, settings } of wanted) {
    ofTask(task)
      .pipe(episodes(task, { settings, silenceMs, released$ }))
      .subscribe({ next: (event) => publisher.event(event), error: () => {} });
  }
  for (const task of tasks) {
    ofTask(task)
      .pipe(answers(task, released$))
      .subscribe({ next: (line) => log.info(line), error: () => {} });
  }
  const answered = predictions$.forEach((prediction) => {
    publisher.prediction(prediction);
    deadline.met(prediction.prediction);
  });
  readings$.connect();
  try {
    await answered;
  } finally {
    told.unsubscribe();
    publisher.stopped();
  }
}
