import { isDeepStrictEqual } from 'node:util';
import { filter, map, merge, type Observable, scan, startWith } from 'rxjs';
import { z } from 'zod';
import type { Topics } from '../../protocols/topics.ts';
import type { MqttLink, MqttMessage } from '../mqtt/client.ts';

/** Who shares boards with whom: the agents that answer the same tasks and name the same group. */
export interface Pool {
  readonly group: string;
  readonly tasks: readonly string[];
}

/** The names of the agents that share the boards now. */
export type Members = ReadonlySet<string>;

/** What matters here of an agent's state and info, whatever else its version writes. */
const stateOfAgent = z.object({ state: z.string() });
const infoOfAgent = z.object({
  task: z.string(),
  tasks: z.array(z.object({ task: z.string() })).optional(),
  share: z.string().optional(),
});

/** A site has a handful of agents; whoever may write their topics can make up names without end. */
const MAX_AGENTS = 256;

interface Known {
  readonly isOnline: boolean;
  readonly isOfPool: boolean;
}

const STRANGER: Known = { isOnline: false, isOfPool: false };

type Sign = 'disconnected' | { readonly agent: string; readonly says: Partial<Known> };

/**
 * The agents of a pool that are online, by what they retain: `state`, which is also their last will, and `info`, which
 * names the pool from when they have joined it. What cannot be read says that they are not.
 *
 * Without a connection there is nobody, oneself neither. That oneself has joined counts when it comes back from the broker,
 * over this very connection: it has told of all others by then, and they are told at the same time.
 */
export function members(
  link: Pick<MqttLink, 'messages$' | 'connected$'>,
  topics: Topics,
  self: string,
  pool: Pool,
): Observable<Members> {
  const wanted = pool.tasks.toSorted();
  const signs = (topicOf: (agent: string) => string, read: (payload: unknown) => Partial<Known>) =>
    link.messages$(topicOf('+')).pipe(
      filter(({ topic, retained }) => !(retained && topic === topics.info(self))),
      map((message): Sign => ({ agent: agentOf(message), says: read(parsed(message)) })),
    );
  return merge(
    link.connected$.pipe(
      filter((connected) => !connected),
      map((): Sign => 'disconnected'),
    ),
    signs(topics.state, (payload) => ({
      isOnline: stateOfAgent.safeParse(payload).data?.state === 'online',
    })),
    signs(topics.info, (payload) => {
      const info = infoOfAgent.safeParse(payload).data;
      return { isOfPool: info?.share === pool.group && isDeepStrictEqual(tasksOf(info), wanted) };
    }),
  ).pipe(scan(learn, new Map<string, Known>()), startWith(new Map<string, Known>()), map(present));
}

/** Sorted: what agents have in common does not depend on the order of their files. */
const tasksOf = ({ task, tasks = [{ task }] }: z.output<typeof infoOfAgent>): string[] =>
  tasks.map((one) => one.task).toSorted();

function learn(known: ReadonlyMap<string, Known>, sign: Sign): Map<string, Known> {
  if (sign === 'disconnected') return new Map();
  const { agent, says } = sign;
  const isOneTooMany = !known.has(agent) && known.size >= MAX_AGENTS;
  return isOneTooMany
    ? new Map(known)
    : new Map(known).set(agent, { ...(known.get(agent) ?? STRANGER), ...says });
}

const present = (known: ReadonlyMap<string, Known>): Members =>
  new Set([...known].filter(([, { isOnline, isOfPool }]) => isOnline && isOfPool).map(([agent]) => agent));

const agentOf = ({ topic }: MqttMessage): string => topic.split('/').at(-2)!;

function parsed({ payload }: MqttMessage): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
}
