import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { TinyError } from '../../protocols/errors.ts';
import { freePort } from '../free-port.ts';

/** A real Mosquitto on a port of its own, pinned to a core. It lets anybody in from this machine. */
export async function startMosquitto(
  folder: string,
  core: string,
): Promise<{ port: number; stop(): Promise<void> }> {
  const program = programOf('mosquitto');
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  // QoS 1 with the default of 20 messages in flight would measure the round trip and not the agent.
  await writeFile(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 2000\nmax_queued_messages 100000\nset_tcp_nodelay true\n`,
  );
  const mosquitto = spawn('taskset', ['-c', core, program, '-c', config], { stdio: 'ignore' });
  await listening(port);
  return {
    port,
    stop: async () => {
      mosquitto.kill('SIGTERM');
      await once(mosquitto, 'exit');
    },
  };
}

/** Daemons live in sbin, which is not on every user's PATH. */
function programOf(name: string): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const path = folders.map((folder) => join(folder, name)).find(existsSync);
  if (path === undefined) throw new TinyError(`${name} is not installed`, `install it: apt install ${name}`);
  return path;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await setTimeout(50);
    } finally {
      socket.destroy();
    }
  }
}
