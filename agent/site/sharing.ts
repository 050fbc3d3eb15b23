import { identity, type MonoTypeOperatorFunction, map, NEVER, type Observable, of } from 'rxjs';
import type { BoardPrediction } from '../../pipeline/predictions.ts';
import { type TaskSpec, windowUs } from '../../protocols/task.ts';
import type { Topics } from '../../protocols/topics.ts';
import type { MqttLink, MqttMessage } from '../mqtt/client.ts';
import { joined } from './joining.ts';
import { Ownership } from './ownership.ts';
import { members } from './presence.ts';

/**
 * Of agents that share boards. One that froze, or whose cable was pulled, is missed after one and a half times as long.
 */
export const SHARING_KEEPALIVE_S = 3;

/** An agent's part of the boards of its site. */
export interface Sharing {
  /** Of the messages of all boards, those that this agent answers. */
  readonly mine: MonoTypeOperatorFunction<MqttMessage>;
  /** Boards that another agent answers from now on. */
  readonly released$: Observable<string>;
  /** Whether a prediction is this agent's to tell. */
  readonly isOurs: (prediction: BoardPrediction) => boolean;
  /** The group in which this agent takes part, to be told to the others; undefined while it takes none. */
  readonly group$: Observable<string | undefined>;
  /** Messages that were left to others. */
  readonly notMine: number;
}

/** The only agent, or one that serves every board whoever else does. */
const everyBoard: Sharing = {
  mine: identity,
  released$: NEVER,
  isOurs: () => true,
  group$: of(undefined),
  notMine: 0,
};

export interface SharingOptions {
  readonly link: Pick<MqttLink, 'messages$' | 'connected$'>;
  readonly topics: Topics;
  readonly agent: string;
  /** All that it answers. */
  readonly tasks: readonly TaskSpec[];
  /** Undefined: no sharing. */
  readonly group: string | undefined;
}

export function sharing({ link, topics, agent, tasks, group }: SharingOptions): Sharing {
  if (group === undefined) return everyBoard;
  const ownership = new Ownership({
    agent,
    topics,
    standbyMs: Math.max(...tasks.map(longestMemoryMs)),
    overlapMs: Math.max(...tasks.map(({ window }) => window.hopMs ?? 0)),
  });
  const members$ = members(link, topics, agent, { group, tasks: tasks.map(({ name }) => name) });
  return {
    mine: ownership.mine(members$),
    released$: ownership.released$,
    isOurs: ownership.isOurs,
    group$: joined(link.connected$).pipe(map((isMember) => (isMember ? group : undefined))),
    get notMine() {
      return ownership.notMine;
    },
  };
}

/** Some readings more than a window needs, so that a batch lies whole in it. */
const MARGIN_MS = 1000;

/** How far back a reading may lie that has to do with a window which is still open. */
function longestMemoryMs(task: TaskSpec): number {
  const { input, window } = task;
  if (input.kind === 'snapshot') return input.maxAgeMs + MARGIN_MS;
  const { hopMs = 0, trigger: { quietMs = 0, preMs = 0 } = {} } = window;
  return windowUs(task) / 1000 + hopMs + quietMs + preMs + MARGIN_MS;
}
