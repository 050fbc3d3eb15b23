import type { AedesPublishPacket } from 'aedes';
import { z } from 'zod';

/** A message as it stands on disk. */
const keptPacket = z.object({
  topic: z.string(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  retain: z.boolean(),
  /** Base64. */
  payload: z.string(),
  brokerId: z.string(),
  brokerCounter: z.number(),
});

export const payloadOf = ({ payload }: { readonly payload: string | Buffer }): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : payload;

export function encodePacket(packet: AedesPublishPacket): string {
  const { topic, qos, retain, brokerId = '', brokerCounter = 0 } = packet;
  const payload = payloadOf(packet).toString('base64');
  return JSON.stringify({ topic, qos, retain, payload, brokerId, brokerCounter });
}

/** Undefined for what is none: a disk may give back other bytes than it was given. */
export function decodePacket(text: string): AedesPublishPacket | undefined {
  const parsed = keptPacket.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const { payload, ...packet } = parsed.data;
  return { cmd: 'publish', dup: false, ...packet, payload: Buffer.from(payload, 'base64') };
}

/** Undefined where there is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
