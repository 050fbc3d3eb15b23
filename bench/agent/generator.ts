import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Topics } from '../../protocols/topics.ts';
import { BOARD_RATE_HZ, boardMessages, type Load } from './load.ts';
import { connectPacket } from './mqtt-packets.ts';

/** A process that publishes what boards would, at a steady pace: an `Order` in, `Sent` out. */
export interface Order {
  readonly port: number;
  readonly site: string;
  /** Names the boards, so that those of two orders are not the same. */
  readonly prefix: string;
  readonly load: Load;
}
export interface Sent {
  readonly readings: number;
  /** How far it fell behind its own pace at the end. */
  readonly lagMs: number;
}

/** It sends what is due in one piece so often. */
const TICK_MS = 2;

process.on('message', async ({ port, site, prefix, load }: Order) => {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.resume(); // Acknowledgements are of no interest.
  await once(socket, 'connect');
  socket.write(connectPacket(`bench-${prefix}`));
  await once(socket, 'data'); // CONNACK
  const topics = new Topics(site);
  const names = Array.from({ length: load.boards }, (_, i) => `${prefix}-${i}`);
  process.send!(await publish(load, names, topics, (bytes) => socket.write(bytes)));
  socket.end();
});

/**
 * Boards are not switched on all at once: they begin over the first second of their own time, or their windows would all
 * end in the same moment, ever again.
 */
const beginsInRound = (board: number, { perMessage }: Load): number => board % (BOARD_RATE_HZ / perMessage);

async function publish(
  load: Load,
  names: readonly string[],
  topics: Topics,
  write: (bytes: Uint8Array) => boolean,
): Promise<Sent> {
  const { readingsPerS, seconds, perMessage } = load;
  const messages = Math.round((readingsPerS * seconds) / perMessage);
  const unsent = names.reduce((sum, _, i) => sum + beginsInRound(i, load), 0);
  // Each on its own clock, which ends about now: what is sent faster than it was measured was kept for a while.
  const measuredS = (messages * perMessage) / names.length / BOARD_RATE_HZ;
  const startUs = (Date.now() - Math.round(measuredS * 1000)) * 1000;
  const boards = names.map((name, i) => boardMessages(name, topics.readings(name), load, startUs + i));
  const startMs = performance.now();
  let sent = 0;
  while (sent < messages) {
    const sinceMs = performance.now() - startMs;
    const due = Math.min(messages, Math.floor((sinceMs / 1000) * (readingsPerS / perMessage)));
    const piece: Uint8Array[] = [];
    for (; sent < due; sent++) {
      const i = sent % boards.length;
      const round = Math.floor(sent / boards.length);
      if (round >= beginsInRound(i, load)) piece.push(Buffer.from(boards[i]!.next()));
    }
    if (piece.length > 0) write(Buffer.concat(piece));
    await setTimeout(TICK_MS);
  }
  return { readings: (messages - unsent) * perMessage, lagMs: performance.now() - startMs - seconds * 1000 };
}
