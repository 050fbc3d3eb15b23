import type { Duplex } from 'node:stream';
import type { AedesOptions, AuthenticateError, Client } from 'aedes';
import { type AccessRules, userOf } from './access.ts';
import type { BrokerRefusal } from './broker-counts.ts';
import type { Credentials } from './credentials.ts';
import { SlowLogins } from './slow-logins.ts';
import { SlowReaders } from './slow-readers.ts';

/** Something that a client was not allowed, for the log and the counters. */
export class Refused extends Error {
  readonly refusal: BrokerRefusal;

  constructor(refusal: BrokerRefusal, message: string) {
    super(message);
    this.refusal = refusal;
  }
}

export interface GatekeeperOptions {
  readonly credentials: Credentials;
  readonly rules: AccessRules;
  readonly maxClients: number;
  /** How many are connected now. */
  readonly clients: () => number;
  /** Whether readings are published on this topic: they are never retained. */
  readonly isReadings: (topic: string) => boolean;
  /** Told of what does not end a connection; the rest comes out of aedes as the error of its client. */
  readonly refused: (client: Client, refused: Refused) => void;
}

type Handlers = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;

/** CONNACK return codes (MQTT 3.1.1, table 3.1). */
const SERVER_UNAVAILABLE = 3;
const BAD_USERNAME_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

/** A dashboard needs three or four. */
const MAX_SUBSCRIPTIONS = 100;

/** Lets clients in, and says yes or no to what they want to do. */
export class Gatekeeper {
  readonly #options: GatekeeperOptions;
  readonly #users = new WeakMap<Client, string>();
  readonly #wills = new WeakMap<Client, string>();
  readonly #filters = new WeakMap<Client, Set<string>>();
  readonly #addresses = new WeakMap<Duplex, string>();
  readonly #slowLogins = new SlowLogins();
  readonly #slowReaders = new SlowReaders();

  constructor(options: GatekeeperOptions) {
    this.#options = options;
  }

  /** Somebody who comes from a network address. */
  met(stream: Duplex, address: string): void {
    this.#addresses.set(stream, address);
  }

  addressOf({ conn }: Client): string {
    return this.#addresses.get(conn) ?? 'nowhere';
  }

  unsubscribed(client: Client, filters: readonly string[]): void {
    for (const filter of filters) this.#filters.get(client)?.delete(filter);
  }

  stop(): void {
    this.#slowLogins.stop();
  }

  readonly handlers: Handlers = {
    preConnect: (client, packet, done) => {
      // A session without a name cannot be found again.
      if (packet.clientId === '') packet.clean = true;
      // Each user has client ids of its own: who takes the id of another takes nothing from it.
      else packet.clientId = `${packet.username ?? ''}/${packet.clientId}`;
      if (packet.will !== undefined) this.#wills.set(client, packet.will.topic);
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const { clients, credentials, maxClients, rules } = this.#options;
      const user = userOf(credentials, username, password);
      if (user === undefined) {
        const message = 'refused a client with a wrong username or password';
        const error = loginError('login', message, BAD_USERNAME_OR_PASSWORD);
        this.#slowLogins.refuse(this.addressOf(client), () => done(error, null));
        return;
      }
      const will = this.#wills.get(client);
      const badWill = will === undefined ? undefined : rules.publishRefusal(user, will);
      if (badWill !== undefined) {
        done(loginError('publish', `refused a client for its last will: ${badWill}`, NOT_AUTHORIZED), null);
        return;
      }
      // The agent itself always finds room.
      if (clients() >= maxClients && user !== 'agent') {
        const message = `refused a client because ${maxClients} are connected (broker.embedded.maxClients)`;
        done(loginError('clients', message, SERVER_UNAVAILABLE), null);
        return;
      }
      this.#users.set(client, user);
      done(null, true);
    },
    // MQTT 3.1.1 cannot refuse a single message: the connection is closed, so that the sender notices.
    authorizePublish: (client, packet, done) => {
      const user = client === null ? undefined : this.#users.get(client);
      const why =
        user === undefined ? 'nobody may publish' : this.#options.rules.publishRefusal(user, packet.topic);
      if (why !== undefined) {
        done(new Refused('publish', why));
        return;
      }
      if (packet.retain && this.#options.isReadings(packet.topic)) {
        packet.retain = false;
        const message = `took ${packet.topic} and did not retain it; publish readings without the retain flag`;
        if (client !== null) this.#options.refused(client, new Refused('retain', message));
      }
      done(null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const why = this.#subscribeRefusal(client, subscription.topic);
      if (why !== undefined) this.#options.refused(client, new Refused('subscribe', why));
      done(null, why === undefined ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      // What was kept for this client is sent as fast as it reads.
      if (packet.retain || packet.messageId !== undefined) return packet;
      const verdict = this.#slowReaders.judge(client.conn);
      if (verdict === 'send') return packet;
      this.#options.refused(client, new Refused('slow', 'a client does not read what is sent to it'));
      if (verdict === 'cut off') client.conn.destroy();
      return null;
    },
  };

  #subscribeRefusal(client: Client, filter: string): string | undefined {
    const user = this.#users.get(client) ?? 'nobody';
    const why = this.#options.rules.subscribeRefusal(user, filter);
    if (why !== undefined) return why;
    const filters = this.#filters.get(client) ?? new Set();
    this.#filters.set(client, filters);
    if (filters.size >= MAX_SUBSCRIPTIONS && !filters.has(filter)) {
      return `${user} has ${MAX_SUBSCRIPTIONS} subscriptions already`;
    }
    filters.add(filter);
    return undefined;
  }
}

const loginError = (refusal: BrokerRefusal, message: string, returnCode: number): AuthenticateError =>
  Object.assign(new Refused(refusal, message), { returnCode }) as AuthenticateError;
