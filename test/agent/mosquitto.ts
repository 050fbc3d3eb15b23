import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { requireTool } from '../tools.ts';
import { eventually, temporaryFolder } from './rig.ts';

/** A Mosquitto of the test's own, which keeps nothing between two starts. */
export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  /** Of the second listener. */
  readonly doorPort: number;
  readonly username: string;
  readonly password: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface MosquittoOptions {
  /** A second listener, by its lines, such as `protocol websockets`. (A Mosquitto with WebSockets alone does not start.) */
  readonly door?: readonly string[];
  /** The text of an access control list. */
  readonly acl?: string;
}

export async function startMosquitto(
  test: TestContext,
  { door, acl }: MosquittoOptions = {},
): Promise<Mosquitto> {
  const program = requireTool('mosquitto', test);
  const folder = await temporaryFolder();
  const [port, doorPort] = [await freePort(), await freePort()];
  const [username, password] = ['tinyllm', 'secret'];
  const passwords = join(folder, 'passwords');
  execFileSync(requireTool('mosquitto_passwd', test), ['-b', '-c', passwords, username, password]);
  const config = join(folder, 'mosquitto.conf');
  if (acl !== undefined) await writeFile(join(folder, 'acl'), acl, { mode: 0o600 });
  await writeFile(
    config,
    [
      `listener ${port} 127.0.0.1`,
      ...(door === undefined ? [] : [`listener ${doorPort} 127.0.0.1`, ...door]),
      'allow_anonymous false',
      `password_file ${passwords}`,
      `user ${userInfo().username}`,
      'persistence false',
      ...(acl === undefined ? [] : [`acl_file ${join(folder, 'acl')}`]),
    ].join('\n'),
  );

  let process: ChildProcess | undefined;
  const kill = async () => {
    if (process === undefined) return;
    process.kill('SIGKILL');
    await once(process, 'exit');
    process = undefined;
  };
  const start = async () => {
    process = spawn(program, ['-c', config], { stdio: 'ignore' });
    await eventually(() => canConnect(port));
  };
  await start();
  onTestFinished(kill);
  return { url: `mqtt://127.0.0.1:${port}`, port, doorPort, username, password, kill, start };
}

/** A wire that can be cut: TCP connections to `port`, passed on until `cut`, refused until `mend`. */
export async function wireTo(port: number): Promise<{ port: number; cut(): void; mend(): void }> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    cut();
    server.close();
  });
  const mend = () => {
    isCut = false;
  };
  return { port: (server.address() as { port: number }).port, cut, mend };
}

const canConnect = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
