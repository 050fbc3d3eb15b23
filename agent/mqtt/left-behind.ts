import type { AedesPublishPacket, Subscription } from 'aedes';
import { decodePacket, jsonOf } from './kept-packet.ts';

/** What an earlier run of the broker left on disk. */
export interface Left {
  readonly retained: readonly AedesPublishPacket[];
  /** By client id. */
  readonly subscriptions: ReadonlyMap<string, Subscription[]>;
  /** In the order in which they came. */
  readonly unread: readonly { readonly clientId: string; readonly packet: AedesPublishPacket }[];
  readonly wills: readonly AedesPublishPacket[];
  /** When the latest run began of which something is unread; 0 when nothing is. */
  readonly lastRunMs: number;
  /** Keys of what is done with, or cannot be read. */
  readonly useless: readonly string[];
}

/** Sort out what lies on disk under the keys of `kept-state.ts`. */
export function readLeft(entries: readonly (readonly [key: string, value: string])[]): Left {
  const retained: AedesPublishPacket[] = [];
  const subscriptions = new Map<string, Subscription[]>();
  const queued: { key: string; clientId: string; packet: AedesPublishPacket }[] = [];
  const wills: AedesPublishPacket[] = [];
  const useless: string[] = [];
  for (const [key, value] of entries) {
    const [kind, client = ''] = key.split(':', 2);
    const clientId = clientIdIn(client);
    const packet = decodePacket(value);
    if (kind === 'retained' && packet !== undefined) retained.push(packet);
    else if (kind === 'unread' && packet !== undefined && clientId !== undefined)
      queued.push({ key, clientId, packet });
    else if (kind === 'subscription' && clientId !== undefined) {
      const topic = key.slice(`${kind}:${client}:`.length);
      const { qos } = Object(jsonOf(value)) as { qos?: unknown };
      if (qos !== 0 && qos !== 1 && qos !== 2) useless.push(key);
      else subscriptions.set(clientId, [...(subscriptions.get(clientId) ?? []), { topic, qos }]);
    } else {
      useless.push(key);
      if (kind === 'will' && packet !== undefined) wills.push(packet);
    }
  }
  const unread = queued.filter(({ clientId }) => subscriptions.has(clientId));
  const orphaned = queued.filter(({ clientId }) => !subscriptions.has(clientId));
  useless.push(...orphaned.map(({ key }) => key));
  const runsMs = queued.map(({ packet }) => Number.parseInt(packet.brokerId, 10) || 0);
  return { retained, subscriptions, unread, wills, lastRunMs: Math.max(0, ...runsMs), useless };
}

function clientIdIn(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
