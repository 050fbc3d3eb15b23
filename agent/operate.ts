import {
  connectable,
  filter,
  fromEvent,
  merge,
  type Observable,
  share,
  switchMap,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Brain } from '../pipeline/brain.ts';
import { every, type LoadPolicy, newest } from '../pipeline/load.ts';
import type { Meter } from '../pipeline/meter.ts';
import { predictions } from '../pipeline/predictions.ts';
import type { SensorReading } from '../protocols/reading.ts';
import { readRecordings } from '../protocols/recording.ts';
import type { Topics } from '../protocols/topics.ts';
import { availability } from './availability.ts';
import { BoardLimit } from './board-limit.ts';
import type { AgentConfig, SourceConfig } from './config.ts';
import { misfits } from './fit.ts';
import { health, info } from './health.ts';
import type { Log } from './log.ts';
import { Throttling } from './machine.ts';
import { modelEnd, modelFailures } from './model-trouble.ts';
import type { MqttLink } from './mqtt/client.ts';
import { answers, firstReadings } from './narrate.ts';
import { Publisher } from './publisher.ts';
import { RareLog } from './rare-log.ts';
import { Refusals } from './refusals.ts';
import { sharing } from './site/sharing.ts';
import { mqttReadings } from './sources/mqtt.ts';
import { looped, replayReadings } from './sources/replay.ts';

export interface Works {
  readonly topics: Topics;
  readonly brain: Brain;
  readonly link: MqttLink;
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
 * @returns when the source has ended and all answers are handed to the link; rejects when the source failed or the model has ended
 */
export async function operate(config: AgentConfig, works: Works): Promise<void> {
  const { topics, brain, link, meter, log, signal } = works;
  const rareLog = new RareLog(log);
  const refusals = new Refusals(rareLog, brain.task.spec);
  const shared = sharing({ link, topics, agent: config.agent, task: brain.task.spec, group: config.share });
  const counters = { meter, refusals, link, throttling: new Throttling(), sharing: shared };
  const publisher = new Publisher(link, topics, info(config.agent, brain));
  const load = config.load === 'every' ? every() : newest;
  const isLive = config.source.kind === 'mqtt';
  const ended$ = fromEvent(signal, 'abort');
  const source$ =
    config.source.kind === 'mqtt'
      ? mqttReadings(link, {
          topics,
          admission: config.admission,
          refusals,
          boards: new BoardLimit(),
          mine: shared.mine,
        })
      : replay(config.source, load);
  const readings$ = connectable(source$.pipe(takeUntil(merge(ended$, modelEnd(brain)))));

  const reports = link.connected$
    .pipe(
      filter((connected) => connected),
      tap(() => publisher.announce()),
      switchMap(() => timer(0, config.health.everyS * 1000)),
      switchMap(() => health(counters)),
    )
    .subscribe((now) => publisher.health(now));
  reports.add(shared.group$.subscribe((group) => publisher.sharing(group)));
  reports.add(shared.released$.subscribe((board) => publisher.released(board)));
  reports.add(modelFailures(meter).subscribe((line) => rareLog.warn('model', line)));
  reports.add(
    readings$
      .pipe(availability(config.availability.offlineAfterS * 1000, shared.released$))
      .subscribe({ next: (change) => publisher.availability(change), error: () => {} }),
  );
  reports.add(
    readings$
      .pipe(misfits(brain.task.spec, brain.model))
      .subscribe({ next: ({ message, hint }) => log.warn(`${message}; ${hint}`), error: () => {} }),
  );

  reports.add(readings$.pipe(firstReadings()).subscribe({ next: (line) => log.info(line), error: () => {} }));

  const predictions$ = readings$.pipe(
    predictions(brain, load, meter, {
      agent: config.agent,
      silenceMs: isLive ? SILENCE_MS : undefined,
      released$: shared.released$,
    }),
    filter(shared.isOurs),
    share(),
  );
  predictions$.pipe(answers(brain.task.spec)).subscribe({ next: (line) => log.info(line), error: () => {} });
  const answered = predictions$.forEach((prediction) => {
    publisher.prediction(prediction);
  });
  readings$.connect();
  try {
    await answered;
  } finally {
    reports.unsubscribe();
    publisher.stopped();
  }
}

function replay(
  { recordings, speed, loop }: Extract<SourceConfig, { kind: 'replay' }>,
  load: LoadPolicy,
): Observable<SensorReading> {
  const read = () => readRecordings(recordings);
  const ready = load.kind === 'every' ? () => load.ready() : undefined;
  return replayReadings(loop ? looped(read) : read(), { speed, ready });
}
