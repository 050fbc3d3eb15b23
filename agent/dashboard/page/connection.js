import { BROKER_URL } from './broker.js';
import mqtt from './mqtt.js';

const STORED = 'tinyllm.sign-in';

/**
 * Who to sign in as: from the link that the agent printed (`#user:password@port/site`), else what this tab was told
 * before. The link's fragment never reaches a server; it is taken out of the address bar and the history at once.
 */
export function takeSignIn() {
  const fragment = location.hash.slice(1);
  if (fragment !== '') {
    history.replaceState(null, '', location.pathname);
    const [, username, password, port, site] =
      /^([^:@/]+):([^:@/]+)@(\d{1,5})(?:\/([a-z0-9_-]+))?$/.exec(fragment) ?? [];
    if (username !== undefined) {
      rememberSignIn({
        username: decodeURIComponent(username),
        password: decodeURIComponent(password),
        port: Number(port),
        ...(site === undefined ? {} : { site }),
      });
    }
  }
  const stored = sessionStorage.getItem(STORED);
  return stored === null ? undefined : JSON.parse(stored);
}

export const rememberSignIn = (signIn) => sessionStorage.setItem(STORED, JSON.stringify(signIn));
export const forgetSignIn = () => sessionStorage.removeItem(STORED);

/**
 * Follow everything below a site. Without a site, the first agent that says `tinyllm/<site>/bridge/<agent>/info` is
 * followed. Reconnects by itself; a refused password ends it.
 *
 * @param on `{ state(word), message(levels, payload, isOld), refused() }`; `levels` is the topic below the site
 * @returns a function that ends the connection
 */
export function follow({ username, password, port, site }, on) {
  const client = mqtt.connect(BROKER_URL ?? `ws://${location.hostname}:${port}/`, {
    username,
    password,
    clientId: `dashboard-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`,
    protocolVersion: 4,
    reconnectPeriod: 2000,
    // The alternative is a worker made from a blob, which the page's policy forbids.
    timerVariant: 'native',
  });
  let base = site === undefined ? undefined : `tinyllm/${site}`;

  client.on('connect', () => {
    on.state('online');
    client.subscribe(base === undefined ? 'tinyllm/+/bridge/+/info' : `${base}/#`);
  });
  client.on('message', (topic, payload, { retain }) => {
    if (base === undefined) {
      base = topic.split('/', 2).join('/');
      client.subscribe(`${base}/#`);
    } else if (topic.startsWith(`${base}/`)) {
      // What is thrown into MQTT.js ends its reading for good.
      try {
        on.message(topic.slice(base.length + 1).split('/'), payload, retain);
      } catch (error) {
        console.error(`the message on ${topic} cannot be shown`, error);
      }
    }
  });
  client.on('close', () => on.state('offline'));
  client.on('error', (error) => {
    // CONNACK return codes of MQTT 3.1.1: 4 bad user name or password, 5 not authorized.
    if (error.code !== 4 && error.code !== 5) return;
    client.end(true);
    on.refused();
  });
  return () => client.end(true);
}
