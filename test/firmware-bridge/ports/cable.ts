import { join } from 'node:path';
import { firstValueFrom, type Observable, type Subscription } from 'rxjs';
import { filter } from 'rxjs/operators';
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

/** What a board sends from its end of the cable. */
export async function sendFrom(pair: PtyPair, bytes: Uint8Array | string): Promise<void> {
  const port = await openPort(pair.far, 115_200);
  if (isTrouble(port)) throw new Error(port.message);
  await new Promise<void>((resolve, reject) =>
    port.write(Buffer.from(bytes), (error) => (error ? reject(error) : resolve())),
  );
  await new Promise<void>((resolve, reject) => port.drain((error) => (error ? reject(error) : resolve())));
  await closePort(port);
}

/** Everything that a link has told so far, and what it tells next; unsubscribed when the test is over. */
export function follow(link: Observable<LinkEvent>) {
  const told: LinkEvent[] = [];
  const subscription: Subscription = link.subscribe((event) => told.push(event));
  onTestFinished(() => subscription.unsubscribe());
  const text = () =>
    Buffer.concat(told.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : []))).toString();
  return { told, text, kinds: () => told.map(({ kind }) => kind), stop: () => subscription.unsubscribe() };
}

/** The first event of a kind. */
export const first = <K extends LinkEvent['kind']>(link: Observable<LinkEvent>, kind: K) =>
  firstValueFrom(link.pipe(filter((event): event is Extract<LinkEvent, { kind: K }> => event.kind === kind)));
