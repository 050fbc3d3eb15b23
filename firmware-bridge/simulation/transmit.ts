import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Transmission } from './simulated-board.ts';

/** What takes the messages of a board to its host. */
export interface Carrier {
  /** False: nobody is there to take it. */
  send(transmission: Transmission): boolean;
}

/** What became of the messages so far. */
export interface Transmitted {
  samples: number;
  messages: number;
  /** Lost or damaged on purpose. */
  lost: number;
  damaged: number;
  /** For which nobody was there, or too slow: as a board that sends into an open cable. */
  unheard: number;
}

/** Timers, sockets and ports get their turn this often, even when everything is overdue. */
const YIELD_EVERY = 500;

/**
 * Let messages out when their time has come by the clock, until they end or `signal` is aborted.
 *
 * @param tally counts while it goes
 */
export async function transmit(
  transmissions: Iterable<Transmission>,
  carrier: Carrier,
  tally: Transmitted,
  signal: AbortSignal,
): Promise<void> {
  const startMs = performance.now();
  for (const transmission of transmissions) {
    const waitMs = startMs + transmission.dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    else if (tally.messages % YIELD_EVERY === 0) await setImmediate();
    if (signal.aborted) return;
    count(transmission, transmission.fate !== 'lost' && !carrier.send(transmission), tally);
  }
}

function count({ message, fate }: Transmission, unheard: boolean, tally: Transmitted): void {
  tally.messages++;
  tally.samples += message.samples;
  if (unheard) tally.unheard++;
  else if (fate !== 'sent') tally[fate]++;
}

export const nothingSent = (): Transmitted => ({ samples: 0, messages: 0, lost: 0, damaged: 0, unheard: 0 });
