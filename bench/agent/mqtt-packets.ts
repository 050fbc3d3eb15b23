/** The few MQTT 3.1.1 packets that a load generator sends, written by hand: a client library would be the bottleneck. */

/** CONNECT with a clean session (section 3.1). */
export function connectPacket(clientId: string): Buffer {
  const variable = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0b10, 0, 0]); // "MQTT", level 4, clean, no keep-alive
  return packet(0x10, Buffer.concat([variable, text(clientId)]));
}

/** PUBLISH (section 3.3) and where its payload begins. With QoS 1 all bear the same id: each is acknowledged at once. */
export function publishPacket(
  topic: string,
  payload: Buffer,
  qos: 0 | 1,
): { readonly bytes: Buffer; readonly payloadAt: number } {
  const id = qos === 0 ? Buffer.alloc(0) : Buffer.from([0, 1]);
  const bytes = packet(0x30 | (qos << 1), Buffer.concat([text(topic), id, payload]));
  return { bytes, payloadAt: bytes.length - payload.length };
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

function packet(head: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}
