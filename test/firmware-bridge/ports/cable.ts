import { join } from 'node:path';
import type { Observable } from 'rxjs';
import type { SerialPort } from 'serialport';
import { onTestFinished, type TestContext } from 'vitest';
import { closePort, isTrouble, openPort } from '../../../firmware-bridge/ports/open-port.ts';
import type { LinkEvent } from '../../../firmware-bridge/ports/serial-link.ts';
import { makePtyPair, type PtyPair } from '../../../firmware-bridge/pty-pair.ts';
import { temporaryFolder } from '../../temporary.ts';
import { requireTool } from '../../tools.ts';

/** A socket for boards in a folder of the test's own: each board is plugged in under the name it is given. */
export async function cables(test: TestContext) {
  requireTool('socat', test);
  const folder = await temporaryFolder();
  let plugged = 0;
  return {
    path: (name: string) => join(folder, name),
    /** A board at `name`, whose far end the test holds. Pulled when the test is over. */
    plug: async (name: string): Promise<PtyPair> => {
      const pair = await makePtyPair(join(folder, name), join(folder, `board-end-${plugged++}`));
      onTestFinished(() => pair.cut());
      return pair;
    },
  };
}

/** Opens one end, until the test is over. */
export async function open(path: string): Promise<SerialPort> {
  const port = await openPort(path, 115_200);
  if (isTrouble(port)) throw new Error(port.message);
  onTestFinished(() => closePort(port));
  return port;
}

/** What a board sends from its end of the cable. */
export async function sendFrom(pair: PtyPair, words: string): Promise<void> {
  const port = await open(pair.far);
  await new Promise<void>((resolve) => port.write(words, () => port.drain(() => resolve())));
  await closePort(port);
}

/** Everything that a link has told so far, and what it tells next; unsubscribed when the test is over. */
export function follow(link: Observable<LinkEvent>) {
  const told: LinkEvent[] = [];
  const subscription = link.subscribe((event) => told.push(event));
  onTestFinished(() => subscription.unsubscribe());
  const text = () =>
    Buffer.concat(told.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : []))).toString();
  return { told, text, kinds: () => told.map(({ kind }) => kind), stop: () => subscription.unsubscribe() };
}
