import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstantBrain } from '../../../bench/agent/instant-brain.ts';
import { BOARD_RATE_HZ, boardMessages, type Load } from '../../../bench/agent/load.ts';
import { connectPacket } from '../../../bench/agent/mqtt-packets.ts';
import { PayloadReader } from '../../../firmware-bridge/payload-reader.ts';
import type { SensorReading } from '../../../protocols/reading.ts';
import { Windower } from '../../../protocols/windower.ts';
import { START_US } from '../../protocols/examples.ts';

/*
 * What the bench measures is only worth something if its load is what boards send: a real broker takes its packets, the
 * agent takes every reading of them, and the windows are those of the task.
 */

let aedes: Aedes;
let server: Server;
beforeAll(async () => {
  aedes = await Aedes.createBroker();
  server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  await new Promise<void>((closed) => aedes.close(closed));
  server.close();
});

const MESSAGES = 12;
const TOPIC = 'tinyllm/bench/load-0/readings';

async function received(load: Load): Promise<SensorReading[]> {
  const { port } = server.address() as { port: number };
  const agent = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 });
  await agent.subscribeAsync(TOPIC, { qos: 1 });
  const reader = new PayloadReader();
  const readings: SensorReading[] = [];
  const all = new Promise<void>((done) => {
    agent.on('message', (_topic, payload) => {
      const { readings: some, refusals } = reader.read('load-0', payload, Date.now());
      expect(refusals).toEqual([]);
      readings.push(...some);
      if (readings.length === MESSAGES * load.perMessage) done();
    });
  });
  const boards = connect(port, '127.0.0.1');
  boards.write(connectPacket('bench'));
  await once(boards, 'data');
  const messages = boardMessages('load-0', TOPIC, load, START_US);
  for (let i = 0; i < MESSAGES; i++) boards.write(Buffer.from(messages.next()));
  await all;
  boards.destroy();
  await agent.endAsync();
  return readings;
}

describe.each([
  ['reading', 1, 0],
  ['reading', 1, 1],
  ['batch', 25, 0],
  ['frame', 25, 1],
] as const)('a load of %s x %d at QoS %d', (format, perMessage, qos) => {
  it('is taken whole, at the pace of its boards, and makes windows', async () => {
    const load: Load = { boards: 1, readingsPerS: 100, seconds: 1, format, perMessage, qos };
    const readings = await received(load);
    expect(readings.map(({ timeUs }) => (timeUs - START_US) / 1000)).toEqual(
      readings.map((_, i) => (i * 1000) / BOARD_RATE_HZ),
    );
    const brain = new InstantBrain();
    const windower = new Windower(brain.task.spec);
    const thought = brain.open();
    for (const reading of readings) {
      for (const event of windower.add(reading)) if (event.type === 'step') thought.push([event.row]);
    }
    expect(windower.counts).toMatchObject({ late: 0, outliers: 0, gaps: 0 });
    if (readings.length < 100) return;
    await thought.score();
    // The stamp in the last row is when its message was made.
    expect(brain.agesMs[0]).toBeGreaterThanOrEqual(0);
    expect(brain.agesMs[0]).toBeLessThan(60_000);
  });
});
