import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { PortReader, type ReaderEvent } from '../../firmware-bridge/ports/port-reader.ts';
import { makePtyPair } from '../../firmware-bridge/pty-pair.ts';
import { Seeded } from '../../firmware-bridge/seeded.ts';
import { serialCarrier } from '../../firmware-bridge/simulation/serial-carrier.ts';
import { simulatedBoard } from '../../firmware-bridge/simulation/simulated-board.ts';
import { nothingSent, transmit } from '../../firmware-bridge/simulation/transmit.ts';
import type { Recording } from '../../protocols/recording.ts';

export interface SwapOptions {
  /** Times the board is pulled and plugged in again, each time under another name. */
  readonly swaps: number;
  readonly seed: number;
  /** Where the pseudo-terminals are made. */
  readonly folder: string;
  /** Told after each swap. */
  readonly progress?: (done: number) => void;
  /** Ends it early: it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface SwapFigures {
  readonly swaps: number;
  readonly seed: number;
  /** From the name's appearance to the port's opening. */
  readonly reopenMs: { readonly p50: number; readonly p95: number; readonly max: number };
  /** From the name's appearance to the first reading. */
  readonly readingMs: { readonly p50: number; readonly p95: number; readonly max: number };
  /** Of this process, after the first swaps and at the end; sockets and files alike. */
  readonly descriptors: { readonly before: number; readonly after: number };
  /** Listeners of process and of the abort signal are counted by Node; a warning is a leak. */
  readonly listenerWarnings: number;
}

/** After so many swaps all that is opened once has been. */
const WARM_UP = 3;
/** A board is away for so long, at random. */
const AWAY_MS = [0, 500] as const;
const STAYS_MS = [20, 200] as const;
const PATIENCE_MS = 60_000;

/**
 * Pull and plug a board again and again, its name changed each time, while one link reads it.
 *
 * @throws Error when it was not heard within a minute; the signal's reason
 */
export async function swapCampaign(options: SwapOptions): Promise<SwapFigures> {
  const { swaps, seed, folder, progress, signal } = options;
  const random = new Seeded(seed);
  let listenerWarnings = 0;
  const warned = ({ name }: Error): void => {
    if (name === 'MaxListenersExceededWarning') listenerWarnings++;
  };
  process.on('warning', warned);
  const reader = new PortReader({ port: { path: join(folder, 'ttyACM*') }, board: 'swapped' });
  const heard = new Next<ReaderEvent>(signal);
  const subscription = reader.events$.subscribe((event) => heard.put(event));
  const reopenMs: number[] = [];
  const readingMs: number[] = [];
  let before = 0;
  try {
    for (let swap = 0; swap < swaps + WARM_UP; swap++) {
      if (swap === WARM_UP) before = descriptors();
      const opened = heard.next(({ kind }) => kind === 'opened');
      const pair = await makePtyPair(join(folder, `ttyACM${swap}`), join(folder, `board${swap}`));
      const pluggedMs = performance.now();
      const board = startBoard(pair.far, seed + swap);
      try {
        const read = heard.next(({ kind }) => kind === 'readings');
        const [openMs, firstMs] = [await opened, await read].map((atMs) => Math.max(0, atMs - pluggedMs));
        if (swap >= WARM_UP) {
          reopenMs.push(openMs!);
          readingMs.push(firstMs!);
        }
        await pause(random.between(...STAYS_MS));
        const closed = heard.next(({ kind }) => kind === 'closed');
        await pair.cut();
        await closed;
      } finally {
        await pair.cut();
        await board.end();
      }
      await pause(random.between(...AWAY_MS));
      progress?.(Math.max(0, swap + 1 - WARM_UP));
    }
    // The last descriptors are given back a moment after the event that tells of it.
    await pause(1000);
    const after = descriptors();
    return {
      swaps,
      seed,
      reopenMs: quantiles(reopenMs),
      readingMs: quantiles(readingMs),
      descriptors: { before, after },
      listenerWarnings,
    };
  } finally {
    subscription.unsubscribe();
    process.off('warning', warned);
  }
}

interface Waiter<T> {
  readonly wanted: (one: T) => boolean;
  readonly resolve: (atMs: number) => void;
  readonly reject: (reason: unknown) => void;
}

/** Hands the next event of a kind, and when it came, to who waits for it. */
class Next<T> {
  readonly #waiting = new Set<Waiter<T>>();
  readonly #signal: AbortSignal | undefined;

  /** @param signal nobody waits after it was aborted */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    signal?.addEventListener('abort', () => {
      for (const { reject } of this.#waiting) reject(signal.reason);
    });
  }

  put(one: T): void {
    for (const waiter of this.#waiting) if (waiter.wanted(one)) waiter.resolve(performance.now());
  }

  next(wanted: (one: T) => boolean): Promise<number> {
    this.#signal?.throwIfAborted();
    let waiter: Waiter<T>;
    let timer: NodeJS.Timeout;
    const heard = new Promise<number>((resolve, reject) => {
      waiter = { wanted, resolve, reject };
      this.#waiting.add(waiter);
      timer = setTimeout(() => reject(new Error('the board was not heard for a minute')), PATIENCE_MS);
    });
    const over = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    };
    // Who waits for it learns of its failure; until then nobody may.
    heard.then(over, over);
    return heard;
  }
}

/** A board that measures a hundred times a second. */
function startBoard(path: string, seed: number): { end(): Promise<void> } {
  const stop = new AbortController();
  const carrier = serialCarrier({ path, baudRate: 115_200, format: 'frames', seed });
  const options = {
    board: 'swapped',
    format: 'frames' as const,
    speed: 1,
    loop: true,
    seed,
    isAsked: carrier.isAsked,
  };
  // Its end of the cable may be gone before it was open.
  const over = Promise.race([carrier.opened, once(stop.signal, 'abort')]).then(() =>
    transmit(simulatedBoard([RECORDING], options), carrier, nothingSent(), stop.signal),
  );
  const end = async (): Promise<void> => {
    stop.abort();
    await over;
    carrier.close();
  };
  return { end };
}

const ROWS = 1000;
const RECORDING: Recording = {
  id: 'ramp',
  board: 'swapped',
  channels: ['accel.x'],
  rateHz: 100,
  nominalRate: false,
  timesUs: Float64Array.from({ length: ROWS }, (_, i) => i * 10_000),
  values: Float64Array.from({ length: ROWS }, (_, i) => i),
  labels: [],
};

/** Open descriptors of this process; Linux alone tells. */
const descriptors = (): number => readdirSync('/proc/self/fd').length;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function quantiles(values: readonly number[]): { p50: number; p95: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
