import { setTimeout as sleep } from 'node:timers/promises';
import type { SerialPort } from 'serialport';
import { PortDecoder } from '../../firmware-bridge/port-decoder.ts';
import { closePort, isTrouble, openPort } from '../../firmware-bridge/ports/open-port.ts';
import { PortReader } from '../../firmware-bridge/ports/port-reader.ts';
import type { PtyPair } from '../../firmware-bridge/pty-pair.ts';
import { Seeded } from '../../firmware-bridge/seeded.ts';
import { BadLine } from './bad-line.ts';
import { below } from './damage.ts';

export interface SerialCampaign {
  readonly seed: number;
  /** How much goes over the line. */
  readonly bytes: number;
  /** Share of frames that are damaged: flipped, cut, inserted into or joined. */
  readonly damagedShare?: number;
  /** Told how many bytes have been sent; what it throws ends the campaign. */
  readonly onProgress?: (bytes: number) => void;
}

export interface SerialFigures {
  readonly seed: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly framesSent: number;
  readonly framesDamaged: number;
  /** As the decoder counted them; must be the damaged ones. */
  readonly framesLost: number;
  readonly readingsSent: number;
  readonly readingsDamaged: number;
  readonly readingsDelivered: number;
  /** As the decoder counted them; must be the damaged ones. */
  readonly readingsLost: number;
  /** Readings that came and were never sent so. Must be none. */
  readonly badReadings: number;
  /** Every good frame was delivered, every lost one counted exactly, no bad value let through. */
  readonly holds: boolean;
}

/** 921,600 baud, ten bits a byte. */
export const LINE_BYTES_PER_S = 92_160;
const DAMAGED_SHARE = 0.01;
const WRITE_EVERY_MS = 10;
/** Silence after which nothing more is under way. */
const PATIENCE_MS = 60_000;

/** Bytes straight into the decoder, in pieces of random length. */
export function serialInMemory({ seed, bytes, damagedShare = DAMAGED_SHARE }: SerialCampaign): SerialFigures {
  const startedMs = performance.now();
  const line = new BadLine(seed, damagedShare);
  const decoder = new PortDecoder({ board: 'text' });
  const random = new Seeded(~seed);
  const hear = (wire: Uint8Array): void => {
    for (let at = 0; at < wire.length; ) {
      const end = at + 1 + below(random, 2 * wire.length);
      for (const event of decoder.push(wire.subarray(at, end), performance.now() * 1000)) {
        if (event.kind === 'readings') line.judge(event.readings);
      }
      at = end;
    }
  };
  while (line.bytes < bytes) hear(line.next());
  hear(line.end());
  return figures(seed, line, decoder.counters, startedMs);
}

/** Through a pair of terminals and the reader of ports, at `bytesPerS`. */
export async function serialThroughPty(
  { seed, bytes, damagedShare = DAMAGED_SHARE, onProgress }: SerialCampaign,
  cable: PtyPair,
  bytesPerS: number,
): Promise<SerialFigures> {
  const line = new BadLine(seed, damagedShare);
  const reader = new PortReader({ port: { path: cable.near }, baudRate: 921_600, board: 'text' });
  let opened: () => void;
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const subscription = reader.events$.subscribe((event) => {
    if (event.kind === 'opened') opened();
    if (event.kind === 'readings') line.judge(event.readings);
  });
  await isOpen;
  const far = await openPort(cable.far, 921_600);
  if (isTrouble(far)) throw new Error(far.message);
  try {
    const startedMs = performance.now();
    while (line.bytes < bytes) {
      const dueBytes = ((performance.now() - startedMs) / 1000) * bytesPerS;
      const due: Uint8Array[] = [];
      while (line.bytes < Math.min(dueBytes, bytes)) due.push(line.next());
      if (due.length > 0) await write(far, Buffer.concat(due));
      onProgress?.(line.bytes);
      await sleep(WRITE_EVERY_MS);
    }
    await write(far, line.end());
    const quietMs = performance.now() + PATIENCE_MS;
    while (reader.counters.bytes < line.bytes && performance.now() < quietMs) await sleep(WRITE_EVERY_MS);
    return figures(seed, line, reader.counters, startedMs);
  } finally {
    subscription.unsubscribe();
    await closePort(far);
  }
}

const write = (port: SerialPort, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) =>
    port.write(Buffer.from(bytes), (error) => (error ? reject(error) : resolve())),
  );

function figures(
  seed: number,
  line: BadLine,
  { lost, lostReadings }: { readonly lost: number; readonly lostReadings: number },
  startedMs: number,
): SerialFigures {
  const good = line.readingsSent - line.readingsDamaged;
  return {
    seed,
    bytes: line.bytes,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    framesSent: line.framesSent,
    framesDamaged: line.framesDamaged,
    framesLost: lost,
    readingsSent: line.readingsSent,
    readingsDamaged: line.readingsDamaged,
    readingsDelivered: line.readingsDelivered,
    readingsLost: lostReadings,
    badReadings: line.badReadings,
    holds:
      line.readingsDelivered === good &&
      line.badReadings === 0 &&
      lost === line.framesDamaged &&
      lostReadings === line.readingsDamaged,
  };
}
