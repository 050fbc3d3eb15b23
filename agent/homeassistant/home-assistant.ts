import { map, mergeMap, NEVER, type Observable, Subscription, take } from 'rxjs';
import { byBoard } from '../../pipeline/boards.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { HomeAssistantConfig } from '../config/home-assistant.ts';
import type { MqttLink } from '../mqtt/client.ts';
import { announceBoards } from './announce.ts';
import { type DiscoveryOptions, discovery, discoveryId } from './discovery.ts';

export interface HomeAssistantOptions extends DiscoveryOptions {
  readonly link: Pick<MqttLink, 'publish' | 'connected$'>;
  readonly readings$: Observable<SensorReading>;
  /** Boards that are watched here no more: another agent watches them, or they are idle. */
  readonly released$: Observable<string>;
  /** Boards that were silent for so long that they are forgotten. */
  readonly idle$: Observable<string>;
}

/** Shows the boards of an agent in Home Assistant, each from its first reading on. Without a configuration, nothing. */
export function homeAssistant(
  config: HomeAssistantConfig | undefined,
  { link, readings$, released$, idle$, ...described }: HomeAssistantOptions,
): Subscription {
  if (config === undefined) return Subscription.EMPTY;
  return announceBoards(link, {
    topicOf: (board) => `${config.prefix}/device/${discoveryId(described, board)}/config`,
    describe: (board) => discovery(board, described),
    boards$: readings$.pipe(
      byBoard(released$),
      mergeMap((board$) => board$.pipe(take(1))),
      map(({ board }) => board),
    ),
    released$,
    forgotten$: config.keep ? NEVER : idle$,
  });
}
