import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** MQTT 3.1.1 written by hand: what no library would send. */
export const raw = {
  connect: ({ username, password }: { username: string; password: string }, clientId = 'raw'): Buffer =>
    packet(0x10, [
      text('MQTT'),
      Buffer.from([4, 0xc2, 0, 60]),
      text(clientId),
      text(username),
      text(password),
    ]),
  /** QoS 0. */
  publish: (topic: string | Buffer, payload: string | Buffer): Buffer =>
    packet(0x30, [text(topic), Buffer.from(payload)]),
  /** QoS 0. */
  subscribe: (...filters: string[]): Buffer =>
    packet(0x82, [Buffer.from([0, 1]), ...filters.flatMap((filter) => [text(filter), Buffer.from([0])])]),
};

/** Two bytes of length, then the text (MQTT 3.1.1, section 1.5.3). */
function text(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function packet(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = body.length; length.length === 0 || left > 0; left >>>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

/** A connection that a test writes bytes on; destroyed when the test is over. */
export async function rawSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** The same, logged in. What comes is thrown away. */
export async function rawClient(
  port: number,
  login: { username: string; password: string },
  clientId?: string,
): Promise<Socket> {
  const socket = await rawSocket(port);
  socket.write(raw.connect(login, clientId));
  const [connack] = (await once(socket, 'data')) as [Buffer];
  if (connack[3] !== 0) throw new Error(`refused with ${connack[3]}`);
  socket.resume();
  return socket;
}
