import { createHash, timingSafeEqual } from 'node:crypto';
import type { Topics } from '../../protocols/topics.ts';
import { type Credentials, USERS, type User } from './credentials.ts';

/** Who of the embedded broker's users may do what. */
export interface AccessRules {
  readonly mayConnect: (user: User, clientId: string) => boolean;
  /** Why a user may not publish on a topic; undefined when it may. */
  readonly publishRefusal: (user: User, topic: string) => string | undefined;
  readonly maySubscribe: (user: User, filter: string) => boolean;
}

/** A broker ends the connection of whoever came before with the same client id: these are for agents alone. */
const AGENT_CLIENT_ID = 'tinyllm-';

/** The client id of an agent: the same at every start. */
export const agentClientId = (site: string, agent: string): string => `${AGENT_CLIENT_ID}${site}-${agent}`;

/** The agent: everything of its site. A board: its readings, nothing else. A viewer: reads the site. */
export function accessRules(topics: Topics): AccessRules {
  const ofSite = (topic: string): boolean => topic.startsWith(`${topics.base}/`);
  // `tinyllm/#` and `tinyllm/+/..` as well: the broker has one site, and its name may not be known yet.
  const ofAnySite = (filter: string): boolean =>
    filter === 'tinyllm/#' || filter.startsWith('tinyllm/+/') || ofSite(filter);
  return {
    mayConnect: (user, clientId) => user === 'agent' || !clientId.startsWith(AGENT_CLIENT_ID),
    publishRefusal: (user, topic) => {
      if (user === 'agent' && ofSite(topic)) return undefined;
      if (user !== 'board') return `${user} may not publish on ${topic}`;
      if (topics.boardOfReadings(topic) !== undefined) return undefined;
      const name = topics.nameOnReadings(topic);
      return name === undefined
        ? `board may publish on ${topics.readings('<board>')}, not on ${topic}`
        : `"${name}" is no board id: lower-case letters, digits, _ and - only, at most 63, not "bridge"`;
    },
    maySubscribe: (user, filter) => user !== 'board' && ofAnySite(filter),
  };
}

/** The user with this name and password. Takes the same time whatever is wrong with them. */
export function userOf(
  credentials: Credentials,
  username: string | undefined,
  password: Uint8Array | undefined,
): User | undefined {
  const given = sha256(password ?? new Uint8Array());
  let found: User | undefined;
  for (const user of USERS) {
    const matches = timingSafeEqual(given, sha256(Buffer.from(credentials[user].password)));
    if (matches && user === username) found = user;
  }
  return found;
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
