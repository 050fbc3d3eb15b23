import { setTimeout as sleep } from 'node:timers/promises';
import { Observable } from 'rxjs';
import type { SerialPort } from 'serialport';
import { backoffMs } from '../../protocols/backoff.ts';
import { closePort, isTrouble, openPort, resetBoard } from './open-port.ts';
import { Patience } from './patience.ts';
import { describeChoice, type PortChoice } from './port-choice.ts';
import { PortClaims } from './port-finder.ts';
import { absent, type PortTrouble } from './port-trouble.ts';

export interface SerialLinkOptions {
  readonly port: PortChoice;
  /** Bits per second; boards whose USB is their own take any. */
  readonly baudRate?: number;
  /** An open port that is silent for so long is opened anew; `Infinity`: never. */
  readonly silentAfterMs?: number;
  /** Whether a silent board is reset as well. */
  readonly resetWhenSilent?: boolean;
  /** Shared by the links of one process, so that no two take the same port. */
  readonly claims?: PortClaims;
}

export type LinkEvent =
  | { readonly kind: 'opened'; readonly path: string; readonly write: WriteBytes }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly path: string; readonly why: 'unplugged' | 'silent' }
  /** Once, until it changes or the port opens. */
  | { readonly kind: 'trouble'; readonly trouble: PortTrouble };

/** Resolves when the driver has taken the bytes, or the port has closed. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

export const DEFAULT_BAUD_RATE = 115_200;
export const DEFAULT_SILENT_AFTER_MS = 30_000;
/** A board that is plugged in again should be heard within seconds, and looking for it is cheap. */
const NEAR = { baseMs: 100, capMs: 2000 };

/**
 * A serial port that comes back by itself, under another name if need be. It is opened at the subscription and closed
 * when that ends; it never completes and never errors. Nothing is kept here: bytes go to the subscriber as they come.
 */
export const serialLink = (options: SerialLinkOptions): Observable<LinkEvent> =>
  new Observable((subscriber) => {
    const stop = new AbortController();
    keepOpen(options, (event) => subscriber.next(event), stop.signal).catch((error: unknown) =>
      subscriber.error(error),
    );
    return () => stop.abort();
  });

type Emit = (event: LinkEvent) => void;

async function keepOpen(options: SerialLinkOptions, emit: Emit, signal: AbortSignal): Promise<void> {
  const { port: choice, claims = new PortClaims(), resetWhenSilent = true } = options;
  const { baudRate = DEFAULT_BAUD_RATE, silentAfterMs = DEFAULT_SILENT_AFTER_MS } = options;
  const finder = claims.finder(choice);
  const patience = new Patience(silentAfterMs);
  let attempt = 0;
  const news = new TroubleNews();
  while (!signal.aborted) {
    const found = await openFirst(await finder.candidates(), choice, baudRate);
    if ('trouble' in found) {
      if (news.isWorthTelling(found.trouble)) emit({ kind: 'trouble', trouble: found.trouble });
    } else {
      const { path, port } = found;
      await finder.took(path);
      news.over();
      emit({ kind: 'opened', path, write: writerOf(port) });
      const { why, spoke } = await attend(port, patience, emit, signal);
      if (why === 'silent' && resetWhenSilent) await resetBoard(port);
      await closePort(port);
      finder.left();
      if (why !== 'stopped') emit({ kind: 'closed', path, why });
      if (spoke) attempt = 0;
    }
    await sleep(backoffMs(attempt++, NEAR), undefined, { signal }).catch(() => {});
  }
}

/** Which troubles are told: each once, and none that is over at the next look. */
class TroubleNews {
  #seen: string | undefined;
  #told: string | undefined;

  isWorthTelling({ kind, message }: PortTrouble): boolean {
    // A port that has just appeared belongs to root for a moment, and ModemManager or another may look who is there.
    const mayPass = kind !== 'absent' && message !== this.#seen;
    this.#seen = message;
    if (mayPass || message === this.#told) return false;
    this.#told = message;
    return true;
  }

  over(): void {
    this.#seen = undefined;
    this.#told = undefined;
  }
}

type Found = { readonly path: string; readonly port: SerialPort } | { readonly trouble: PortTrouble };

/** The first port that opens, or the trouble with the last one that is there. */
async function openFirst(paths: readonly string[], choice: PortChoice, baudRate: number): Promise<Found> {
  let trouble: PortTrouble | undefined;
  for (const path of paths) {
    const opened = await openPort(path, baudRate);
    if (!isTrouble(opened)) return { path, port: opened };
    if (opened.kind !== 'absent') trouble = opened;
  }
  return { trouble: trouble ?? absent(describeChoice(choice)) };
}

interface Ended {
  readonly why: 'unplugged' | 'silent' | 'stopped';
  /** Whether anything was heard. */
  readonly spoke: boolean;
}

/** Pass on what an open port says, until it closes, falls silent, or nobody listens any more. */
function attend(port: SerialPort, patience: Patience, emit: Emit, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    let heardMs = performance.now();
    let spoke = false;
    let timer: NodeJS.Timeout | undefined;
    const end = (why: Ended['why']): void => {
      clearTimeout(timer);
      port.off('data', heard).off('close', unplugged).off('error', failed);
      signal.removeEventListener('abort', stopped);
      resolve({ why, spoke });
    };
    const unplugged = (): void => end('unplugged');
    // Closing may fail as well, of a device that is gone; then there is no `close`.
    const failed = (): void => {
      if (!port.isOpen) unplugged();
    };
    const stopped = (): void => end('stopped');
    const heard = (bytes: Buffer): void => {
      const nowMs = performance.now();
      patience.heard(nowMs - heardMs);
      heardMs = nowMs;
      spoke = true;
      emit({ kind: 'bytes', bytes });
    };
    // Looks at the clock when the time may be over, instead of setting a timer anew for every chunk.
    const watch = (): void => {
      const leftMs = patience.ms - (performance.now() - heardMs);
      if (leftMs === Number.POSITIVE_INFINITY) return;
      if (leftMs > 0) {
        timer = setTimeout(watch, leftMs);
        return;
      }
      patience.gaveUp();
      end('silent');
    };
    port.on('data', heard).on('close', unplugged).on('error', failed);
    signal.addEventListener('abort', stopped);
    if (signal.aborted) stopped();
    else if (!port.isOpen) unplugged();
    else watch();
  });
}

/** The driver does not answer for what it had when the port closed. */
function writerOf(port: SerialPort): WriteBytes {
  const waiting = new Set<() => void>();
  port.once('close', () => {
    for (const done of waiting) done();
  });
  return (bytes) =>
    new Promise((resolve) => {
      if (!port.isOpen) {
        resolve();
        return;
      }
      const done = (): void => {
        waiting.delete(done);
        resolve();
      };
      waiting.add(done);
      port.write(Buffer.from(bytes), done);
    });
}
