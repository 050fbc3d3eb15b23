import { createHash, timingSafeEqual } from 'node:crypto';
import type { Topics } from '../../protocols/topics.ts';
import type { BrokerUser } from '../config/broker-users.ts';
import type { Credential } from './credentials.ts';
import { covers, matches } from './filters.ts';

/** Who of the embedded broker's users may do what. */
export interface AccessRules {
  /** Why a user may not publish on a topic; undefined when it may. */
  readonly publishRefusal: (username: string, topic: string) => string | undefined;
  /** Why a user may not subscribe to a filter; undefined when it may. */
  readonly subscribeRefusal: (username: string, filter: string) => string | undefined;
}

interface Rights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The client id of an agent: the same at every start. */
export const agentClientId = (site: string, agent: string): string => `tinyllm-${site}-${agent}`;

/** Home Assistant looks for descriptions of devices here. */
const DISCOVERY = 'homeassistant/#';

/** The longest topic of the contract has about 200 characters. MQTT allows 65,535. */
const MAX_TOPIC_CHARACTERS = 512;

/** What no honest topic has, and what an unreadable byte has become. */
const UNPRINTABLE = /[\p{Cc}\uFFFD]/u;

/**
 * The agent: everything of its site. A board: its readings, nothing else. A viewer: reads the site. Further users: what
 * the configuration says.
 */
export function accessRules(topics: Topics, users: Readonly<Record<string, BrokerUser>> = {}): AccessRules {
  const site = `${topics.base}/#`;
  const rights = new Map<string, Rights>([
    ['agent', { publish: [site, DISCOVERY], subscribe: [site, DISCOVERY] }],
    ['board', { publish: [topics.readings('+')], subscribe: [] }],
    ['viewer', { publish: [], subscribe: [site, DISCOVERY] }],
  ]);
  for (const [username, user] of Object.entries(users)) rights.set(username, rightsOf(user, topics));

  // `tinyllm/#` and `tinyllm/+/..` as well: the broker has one site, and its name may not be known yet.
  const onSite = (filter: string): string =>
    filter === 'tinyllm/#' ? site : filter.replace(/^tinyllm\/\+\//, `${topics.base}/`);
  return {
    publishRefusal: (username, topic) => {
      if (topic.length > MAX_TOPIC_CHARACTERS) return `no topic may have ${topic.length} characters`;
      const { publish = [] } = rights.get(username) ?? {};
      if (!publish.some((filter) => matches(filter, topic))) {
        if (publish.length === 0) return `${username} may not publish on ${topic}`;
        const allowed = publish.join(', ').replace(topics.readings('+'), topics.readings('<board>'));
        return badBoard(topics, topic) ?? `${username} may publish on ${allowed}, not on ${topic}`;
      }
      if (UNPRINTABLE.test(topic)) return `${username} may not publish on a topic with control characters`;
      return username === 'agent' ? undefined : badBoard(topics, topic);
    },
    subscribeRefusal: (username, filter) => {
      const { subscribe = [] } = rights.get(username) ?? {};
      if (subscribe.some((allowed) => covers(allowed, onSite(filter)))) return undefined;
      return `${username} may not subscribe to ${filter}`;
    },
  };
}

function rightsOf({ board, publish = [], subscribe = [] }: BrokerUser, topics: Topics): Rights {
  if (board === undefined) return { publish, subscribe };
  return {
    publish: [topics.readings(board), ...publish],
    subscribe: [`${topics.base}/${board}/#`, ...subscribe],
  };
}

/** What is wrong with the name of the board in a topic of readings. */
function badBoard(topics: Topics, topic: string): string | undefined {
  const name = topics.nameOnReadings(topic);
  if (name === undefined || topics.boardOfReadings(topic) !== undefined) return undefined;
  return `"${name}" is no board id: lower-case letters, digits, _ and - only, at most 63, not "bridge"`;
}

/** The name of the user with this name and password. Takes the same time whatever is wrong with them. */
export function userOf(
  credentials: Readonly<Record<string, Credential>>,
  username: string | undefined,
  password: Uint8Array | undefined,
): string | undefined {
  const given = sha256(password ?? new Uint8Array());
  let found: string | undefined;
  for (const user of Object.values(credentials)) {
    const isRight = timingSafeEqual(given, sha256(Buffer.from(user.password)));
    if (isRight && user.username === username) found = username;
  }
  return found;
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
