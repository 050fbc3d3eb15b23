import type { Subscription } from 'rxjs';
import { cobsDecode, decodeFrame, onWire } from '../../protocols/frames.ts';
import { type LinkEvent, serialLink, type WriteBytes } from '../ports/serial-link.ts';
import { Seeded } from '../seeded.ts';
import { Segmenter } from '../wire/segmenter.ts';
import { damaged } from './disturbance.ts';
import type { Format } from './speech.ts';
import type { Carrier } from './transmit.ts';

/** A host that does not read is waited for with so many bytes; a board's own buffer is no larger. */
const MAX_WAITING_BYTES = 4096;

export interface SerialCarrierOptions {
  readonly path: string;
  readonly baudRate: number;
  readonly format: Format;
  /** Draws the damages. */
  readonly seed: number;
  /** Told of the port's coming and going. */
  readonly onEvent?: (event: Exclude<LinkEvent, { kind: 'bytes' }>) => void;
}

export interface SerialCarrier extends Carrier {
  readonly bytes: number;
  /** Resolves when the port is open for the first time. */
  readonly opened: Promise<void>;
  /** Whether the host has asked who this is since the last call. */
  readonly isAsked: () => boolean;
  /** What was handed over is on the line. */
  drained(): Promise<void>;
  close(): void;
}

/** Sends messages over a serial port or pseudo-terminal, which may go and come back. */
export function serialCarrier({
  path,
  baudRate,
  format,
  seed,
  onEvent,
}: SerialCarrierOptions): SerialCarrier {
  const random = new Seeded(seed);
  let write: WriteBytes | undefined;
  let waiting = 0;
  let bytes = 0;
  let asked = false;
  const requests = new Segmenter();
  let written = Promise.resolve();
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const port = { path };
  const link = serialLink({ port, baudRate, silentAfterMs: Number.POSITIVE_INFINITY });
  const subscription: Subscription = link.subscribe((event) => {
    if (event.kind === 'bytes') {
      asked ||= asksForHello(requests, event.bytes);
      return;
    }
    write = event.kind === 'opened' ? event.write : undefined;
    if (event.kind === 'opened') open();
    onEvent?.(event);
  });
  return {
    get bytes() {
      return bytes;
    },
    send: ({ message, fate }) => {
      const whole = format === 'frames' ? onWire(message.bytes) : lineOf(message.bytes);
      const sent = fate === 'damaged' ? damaged(whole, random) : whole;
      if (write === undefined || waiting + sent.length > MAX_WAITING_BYTES) return false;
      waiting += sent.length;
      bytes += sent.length;
      written = write(sent).then(() => {
        waiting -= sent.length;
      });
      return true;
    },
    opened,
    isAsked: () => {
      const was = asked;
      asked = false;
      return was;
    },
    drained: () => written,
    close: () => subscription.unsubscribe(),
  };
}

function asksForHello(segmenter: Segmenter, bytes: Uint8Array): boolean {
  for (const segment of segmenter.push(bytes)) {
    const frame = segment.kind === 'frame' ? cobsDecode(segment.bytes) : undefined;
    const request = frame && decodeFrame(frame);
    if (request && 'type' in request && request.type === 'helloRequest') return true;
  }
  return false;
}

const lineOf = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.from('\n')]);
