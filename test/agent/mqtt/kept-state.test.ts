import type { Readable } from 'node:stream';
import type { AedesPublishPacket, Client } from 'aedes';
import { describe, expect, it } from 'vitest';
import { KeptState } from '../../../agent/mqtt/kept-state.ts';

type Packet = Parameters<KeptState['storeRetained']>[0];

let counter = 0;
const message = (topic: string, payload: string): Packet =>
  ({
    cmd: 'publish',
    qos: 1,
    dup: false,
    retain: true,
    topic,
    payload: Buffer.from(payload),
    brokerId: 'run',
    brokerCounter: ++counter,
  }) as Packet;

const client = (id: string) => ({ id }) as Client;

const texts = async (stream: Readable): Promise<string[]> =>
  (await stream.toArray()).map((packet: AedesPublishPacket) => packet.payload.toString());

describe('what the embedded broker keeps', () => {
  it('is a bounded number of retained messages, and a bounded size', async () => {
    const kept = new KeptState(undefined, { maxRetained: 2, maxRetainedBytes: 10 });
    for (const topic of ['a', 'b', 'c']) await kept.storeRetained(message(topic, topic));
    expect(kept.passedOver.retained).toBe(1);
    // What is there may change, and make room.
    await kept.storeRetained(message('a', 'A'));
    await kept.storeRetained(message('b', ''));
    await kept.storeRetained(message('c', '123456789'));
    await kept.storeRetained(message('c', '1234567890'));
    expect(await texts(kept.createRetainedStream('#'))).toEqual(['A', '123456789']);
    expect(kept.passedOver.retained).toBe(2);
  });

  it('is a bounded number of unread messages, and what is acknowledged makes room', async () => {
    const kept = new KeptState(undefined, { maxUnreadMessages: 2 });
    await kept.addSubscriptions(client('phone'), [{ topic: '#', qos: 1 }]);
    const messages = ['1', '2', '3', '4'].map((text) => message('x', text));
    const enqueue = (packet: Packet) => kept.outgoingEnqueueCombi([{ clientId: 'phone' }], packet);
    for (const one of messages.slice(0, 3)) await enqueue(one);
    expect(await texts(kept.outgoingStream(client('phone')))).toEqual(['1', '2']);
    expect(kept.passedOver.unread).toBe(1);

    const sent = Object.assign({}, messages[0], { messageId: 7 });
    await kept.outgoingUpdate(client('phone'), sent);
    await kept.outgoingClearMessageId(client('phone'), sent);
    await enqueue(messages[3]!);
    expect(await texts(kept.outgoingStream(client('phone')))).toEqual(['2', '4']);
  });

  it('is a bounded size of all that is unread', async () => {
    const kept = new KeptState(undefined, { maxUnreadBytes: 5 });
    for (const id of ['phone', 'tablet']) await kept.addSubscriptions(client(id), [{ topic: '#', qos: 1 }]);
    const both = [{ clientId: 'phone' }, { clientId: 'tablet' }];
    await kept.outgoingEnqueueCombi(both, message('x', '123'));
    expect(kept.passedOver.unread).toBe(1);
    // Who gives up a session gives back its room.
    await kept.cleanSubscriptions(client('phone'));
    await kept.outgoingEnqueueCombi([{ clientId: 'tablet' }], message('x', '12345'));
    expect(await texts(kept.outgoingStream(client('tablet')))).toEqual(['12345']);
    expect(await texts(kept.outgoingStream(client('phone')))).toEqual([]);
  });

  it('is a bounded number of sessions: the one away for longest goes, and any after a week', async () => {
    let now = 0;
    const kept = new KeptState(undefined, { maxSessions: 2, maxAbsenceMs: 1000 }, () => now);
    const enter = async (id: string) => {
      await kept.addSubscriptions(client(id), [{ topic: '#', qos: 1 }]);
      kept.present(client(id));
    };
    const known = async () => (await kept.subscriptionsByTopic('x')).map(({ clientId }) => clientId).sort();
    for (const id of ['a', 'b', 'c']) {
      await enter(id);
      now++;
      kept.absent(client(id));
    }
    await enter('d');
    expect(await known()).toEqual(['b', 'c', 'd']);
    now += 5000;
    await enter('e');
    // Who is there stays, however long.
    expect(await known()).toEqual(['d', 'e']);
  });
});
