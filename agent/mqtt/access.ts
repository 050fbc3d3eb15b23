import { createHash, timingSafeEqual } from 'node:crypto';
import type { Topics } from '../../protocols/topics.ts';
import { type Credentials, USERS, type User } from './credentials.ts';

/** Who of the embedded broker's users may do what. */
export interface AccessRules {
  readonly mayPublish: (user: User, topic: string) => boolean;
  readonly maySubscribe: (user: User, filter: string) => boolean;
}

/** The agent: everything of its site. A board: its readings, nothing else. A viewer: reads the site. */
export function accessRules(topics: Topics): AccessRules {
  const ofSite = (topic: string): boolean => topic.startsWith(`${topics.base}/`);
  // `tinyllm/+/..` as well: who does not know the name of the site yet may ask for it.
  const ofAnySite = (filter: string): boolean => filter.startsWith('tinyllm/+/') || ofSite(filter);
  return {
    mayPublish: (user, topic) => {
      if (user === 'agent') return ofSite(topic);
      return user === 'board' && topics.boardOfReadings(topic) !== undefined;
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
