import { concatMap, type Observable, tap } from 'rxjs';
import { helloRequest, onWire } from '../../protocols/frames.ts';
import type { ClockEstimate } from '../board-clock.ts';
import { type PortCounters, PortDecoder, type PortEvent } from '../port-decoder.ts';
import { HostClock } from './host-clock.ts';
import { type NoiseEvent, NoiseWatch } from './noise-watch.ts';
import { type LinkEvent, type SerialLinkOptions, serialLink, type WriteBytes } from './serial-link.ts';

export interface PortReaderOptions extends SerialLinkOptions {
  /** Whose the lines of text are, which name no board. */
  readonly board: string;
  /** Of a board that prints CSV without one. */
  readonly csvHeader?: string;
  readonly clock?: HostClock;
}

/** What a port tells: of itself, and of what its bytes mean. */
export type ReaderEvent = Exclude<LinkEvent, { kind: 'bytes' }> | PortEvent | NoiseEvent;

/** Counted since the reader was made. */
export interface ReaderCounters extends PortCounters {
  /** Times the port was opened. */
  readonly opened: number;
  readonly bytes: number;
}

/** A board asked for its HELLO needs a moment to answer. */
const ASK_EVERY_US = 500_000;

/** Reads one port for as long as `events$` is subscribed: opens it, keeps it open, and decodes what comes. */
export class PortReader {
  readonly events$: Observable<ReaderEvent>;
  readonly #options: PortReaderOptions;
  readonly #clock: HostClock;
  #decoder: PortDecoder;
  #noise = new NoiseWatch();
  /** Of decoders before this one. */
  #counted: Partial<PortCounters> = {};
  #path: string | undefined;
  #write: WriteBytes | undefined;
  #askedUs = 0;
  #opened = 0;
  #bytes = 0;

  constructor(options: PortReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new HostClock();
    this.#decoder = this.#newDecoder();
    this.events$ = serialLink(options).pipe(
      tap((event) => this.#note(event)),
      concatMap((event) => (event.kind === 'bytes' ? this.#decode(event.bytes) : [event])),
    );
  }

  /** Where the port is now; undefined while it is not open. */
  get path(): string | undefined {
    return this.#path;
  }

  get counters(): ReaderCounters {
    return { opened: this.#opened, bytes: this.#bytes, ...sum(this.#counted, this.#decoder.counters) };
  }

  /** By board: how the clocks go that are mapped to this host's. */
  get clocks(): ReadonlyMap<string, ClockEstimate> {
    return this.#decoder.clocks;
  }

  #note(event: LinkEvent): void {
    if (event.kind === 'opened') {
      this.#opened++;
      this.#path = event.path;
      this.#write = event.write;
      this.#decoder.reopened();
      this.#askedUs = 0;
    } else if (event.kind === 'closed') {
      this.#path = undefined;
      this.#write = undefined;
    } else if (event.kind === 'bytes') this.#bytes += event.bytes.length;
  }

  #decode(bytes: Uint8Array): ReaderEvent[] {
    const { us, wasSet } = this.#clock.now();
    // How the board's clock relates to ours must be learnt anew; a decoder that starts afresh does that.
    if (wasSet) {
      this.#counted = sum(this.#counted, this.#decoder.counters);
      this.#decoder = this.#newDecoder();
      this.#noise = new NoiseWatch();
    }
    const events = this.#decoder.push(bytes, us);
    if (this.#decoder.wantsHello && us - this.#askedUs > ASK_EVERY_US) {
      this.#askedUs = us;
      void this.#write?.(onWire(helloRequest()));
    }
    const noise = this.#noise.look(events, this.#decoder.counters.bytesDropped);
    return noise ? [...events, noise] : events;
  }

  #newDecoder(): PortDecoder {
    const { board, csvHeader } = this.#options;
    return new PortDecoder({ board, ...(csvHeader !== undefined && { csvHeader }) });
  }
}

function sum(before: Partial<PortCounters>, now: PortCounters): PortCounters {
  const names = Object.keys(now) as (keyof PortCounters)[];
  return Object.fromEntries(
    names.map((name) => [name, (before[name] ?? 0) + now[name]]),
  ) as unknown as PortCounters;
}
