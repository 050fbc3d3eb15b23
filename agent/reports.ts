import { filter, merge, type Observable, type Subscription, share, switchMap, tap, timer } from 'rxjs';
import { firstOfEach } from '../pipeline/boards.ts';
import type { Brain } from '../pipeline/brain.ts';
import { eventLabels } from '../pipeline/episodes/settings.ts';
import type { Meter } from '../pipeline/meter.ts';
import type { SensorReading } from '../protocols/reading.ts';
import type { Topics } from '../protocols/topics.ts';
import type { BoardAvailability } from './availability.ts';
import type { Control } from './control.ts';
import type { EpisodesOfTask } from './episode-settings.ts';
import { JUDGED_READINGS, misfits, ofFitting } from './fit.ts';
import { type Counters, health, info } from './health.ts';
import { homeAssistant } from './homeassistant/home-assistant.ts';
import type { LiveConfig } from './live-config.ts';
import type { Log } from './log.ts';
import { Throttling } from './machine/throttling.ts';
import { AGENT_METRICS } from './metrics/agent-metrics.ts';
import { exposition } from './metrics/exposition.ts';
import { metricsState } from './metrics/state.ts';
import { missedWindows, modelFailures } from './model-trouble.ts';
import type { MqttLink } from './mqtt/client.ts';
import { firstReadings } from './narrate.ts';
import type { Delivery } from './outbox/delivery.ts';
import type { Publisher } from './publisher.ts';
import type { RareLog } from './rare-log.ts';
import type { Sharing } from './site/sharing.ts';

/** Of whom and of what is told. */
export interface Around {
  readonly live: LiveConfig;
  readonly control: Control;
  readonly topics: Topics;
  readonly brains: readonly Brain[];
  readonly link: MqttLink;
  readonly delivery: Delivery;
  readonly meter: Meter;
  readonly log: Log;
  readonly rareLog: RareLog;
  readonly publisher: Publisher;
  readonly shared: Sharing;
  readonly counters: Omit<Counters, 'throttling'>;
  readonly readings$: Observable<SensorReading>;
  /** Boards that come and go. */
  readonly availability$: Observable<BoardAvailability>;
  /** Boards that have been silent for so long that they are forgotten. */
  readonly idle$: Observable<string>;
  /** These, and those for which another agent speaks from now on. */
  readonly released$: Observable<string>;
  readonly episodes: readonly EpisodesOfTask[];
}

/**
 * What an agent tells besides its predictions, until this is unsubscribed: that it is there, how it goes, which boards are
 * there, and what looks wrong. A source that fails is told by `operate`.
 */
export function reports(around: Around): Subscription {
  const { live, control, topics, brains, link, meter, log, rareLog, publisher, shared } = around;
  const { availability$, idle$, released$, episodes } = around;
  const config = live.now;
  const answering = brains.map(({ task, model }) => ({ task: task.spec, model }));
  const counters: Counters = { ...around.counters, throttling: new Throttling() };
  control.health = () => health(counters);
  const { site, agent } = config;
  const { delivery } = around;
  // Whoever wants to know of a new board is not asked again at each of its readings.
  const first$ = around.readings$.pipe(firstOfEach(JUDGED_READINGS, released$), share());
  const scraped = metricsState({ site, agent, brains, link, delivery, publisher, counters: around.counters });
  control.metrics = async () => exposition(AGENT_METRICS, await scraped());

  const told = link.connected$
    .pipe(
      filter((connected) => connected),
      tap(() => publisher.announce()),
      switchMap(() => live.changes$),
      switchMap(({ health }) => merge(timer(0, health.everyS * 1000), control.healthWanted$)),
      switchMap(() => health(counters)),
    )
    .subscribe((now) => publisher.health(now));
  told.add(control.infoChanged$.subscribe(() => publisher.inform(info(config.agent, brains))));
  told.add(shared.group$.subscribe((group) => publisher.sharing(group)));
  told.add(shared.released$.subscribe((board) => publisher.released(board)));
  told.add(idle$.subscribe((board) => publisher.forgotten(board)));
  for (const { task, model } of answering) {
    const ofTask = episodes.find((one) => one.task === task);
    told.add(
      homeAssistant(config.homeAssistant, {
        ...{ link, topics, task, released$, idle$ },
        info: { ...info(agent, brains), task: task.name, model },
        eventLabels: ofTask === undefined ? [] : eventLabels(task, ofTask.settings),
        readings$: first$.pipe(ofFitting(task, released$)),
      }),
    );
  }
  told.add(modelFailures(meter).subscribe((line) => rareLog.warn('model', line)));
  told.add(missedWindows(meter, config.deadlineMs).subscribe((line) => rareLog.warn('deadline', line)));
  told.add(availability$.subscribe({ next: (change) => publisher.availability(change), error: () => {} }));
  told.add(
    first$
      .pipe(misfits(answering, released$))
      .subscribe({ next: ({ message, hint }) => log.warn(`${message}; ${hint}`), error: () => {} }),
  );
  told.add(
    first$.pipe(firstReadings(released$)).subscribe({ next: (line) => log.info(line), error: () => {} }),
  );
  return told;
}
