import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { freePort } from '../../../bench/free-port.ts';

/**
 * A Mosquitto that keeps nothing between two lives, and somebody who listens to all it says.
 *
 * The agent reaches it through a gate that opens only when the listener has subscribed, so that what the broker has
 * acknowledged the listener has been sent: Mosquitto writes to subscribers (QoS 0) before it acknowledges.
 */
export class BrokerProcess {
  /** Told of every message. */
  onMessage: (topic: string, payload: string) => void = () => {};
  readonly #program: string;
  readonly #config: string;
  readonly #filter: string;
  readonly #port: number;
  readonly #gate: Server;
  readonly #sockets = new Set<Socket>();
  #process: ChildProcess | undefined;
  #listener: MqttClient | undefined;
  #isOpen = false;

  private constructor(program: string, config: string, filter: string, port: number) {
    this.#program = program;
    this.#config = config;
    this.#filter = filter;
    this.#port = port;
    this.#gate = createServer((near) => this.#pass(near));
  }

  /** @param filter what the listener subscribes to */
  static async start(program: string, folder: string, filter: string): Promise<BrokerProcess> {
    const port = await freePort();
    const config = join(folder, 'mosquitto.conf');
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      `user ${userInfo().username}`,
      'persistence false',
      'max_queued_messages 0',
    ];
    await writeFile(config, lines.join('\n'));
    const broker = new BrokerProcess(program, config, filter, port);
    broker.#gate.listen(0, '127.0.0.1');
    await once(broker.#gate, 'listening');
    await broker.restart();
    return broker;
  }

  /** Where the agent connects. */
  get agentPort(): number {
    return (this.#gate.address() as AddressInfo).port;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
    this.#process = undefined;
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
    // What it had written is still read; then its end is.
    const listener = this.#listener!;
    if (listener.connected) await new Promise<void>((resolve) => listener.once('close', resolve));
    await listener.endAsync(true);
  }

  /** Does nothing when it runs. */
  async restart(): Promise<void> {
    if (this.#process !== undefined) return;
    // In a process group of its own: Ctrl-C is for the campaign, which ends it.
    this.#process = spawn(this.#program, ['-c', this.#config], { stdio: 'ignore', detached: true });
    while (!(await canConnect(this.#port))) await sleep(10);
    const url = `mqtt://127.0.0.1:${this.#port}`;
    this.#listener = await connectAsync(url, { reconnectPeriod: 0 });
    this.#listener.on('error', () => {});
    this.#listener.on('message', (topic, payload) => this.onMessage(topic, payload.toString()));
    await this.#listener.subscribeAsync(this.#filter, { qos: 0 });
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    await this.kill();
    this.#gate.close();
  }

  #pass(near: Socket): void {
    if (!this.#isOpen) {
      near.destroy();
      return;
    }
    const far = connect(this.#port, '127.0.0.1');
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  }
}

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
