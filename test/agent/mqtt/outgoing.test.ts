import { describe, expect, it } from 'vitest';
import { Outgoing, type OutgoingMessage } from '../../../agent/mqtt/outgoing.ts';

const message = (topic: string | number): OutgoingMessage => ({
  topic: String(topic),
  payload: '',
  retain: false,
});

/** A wire whose acknowledgements the test gives. */
class Wire {
  readonly sent: string[] = [];
  readonly #open: { resolve: () => void; reject: (error: Error) => void }[] = [];

  readonly send = ({ topic }: OutgoingMessage): Promise<void> => {
    this.sent.push(topic);
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
  };

  async acknowledge(): Promise<void> {
    for (const { resolve } of this.#open.splice(0)) resolve();
    await settled();
  }

  async cut(): Promise<void> {
    for (const { reject } of this.#open.splice(0).reverse()) reject(new Error('Connection closed'));
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

describe('outgoing messages', () => {
  it('wait for a connection and go in order, a window at a time', async () => {
    const wire = new Wire();
    const outgoing = new Outgoing(wire.send);
    for (const n of numbers(100)) outgoing.put(message(n));
    expect(wire.sent).toEqual([]);

    outgoing.connected();
    expect(wire.sent.length).toBeLessThan(100);
    const drained = outgoing.drained();
    while (outgoing.size > 0) await wire.acknowledge();
    await drained;
    expect(wire.sent).toEqual(numbers(100));
  });

  it('go again, in order, when the connection was lost before the broker had them', async () => {
    const wire = new Wire();
    const outgoing = new Outgoing(wire.send);
    outgoing.connected();
    for (const n of numbers(50)) outgoing.put(message(n));
    await wire.cut();
    expect(outgoing.size).toBe(50);

    wire.sent.length = 0;
    outgoing.connected();
    while (outgoing.size > 0) await wire.acknowledge();
    expect(wire.sent).toEqual(numbers(50));
  });

  it('are bounded: the oldest is lost, and counted', async () => {
    const wire = new Wire();
    const outgoing = new Outgoing(wire.send, 3);
    for (const n of numbers(5)) outgoing.put(message(n));
    outgoing.connected();
    await wire.acknowledge();
    expect(wire.sent).toEqual(['2', '3', '4']);
    expect(outgoing).toMatchObject({ size: 0, overflowed: 2 });
  });
});
