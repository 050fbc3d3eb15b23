import { setImmediate, setTimeout } from 'node:timers/promises';
import { Observable } from 'rxjs';
import type { SensorReading } from '../../protocols/reading.ts';
import { type Recording, readingsOf } from '../../protocols/recording.ts';

export interface ReplayOptions {
  /** Times the pace of the recording; `max`: as fast as they are taken. */
  readonly speed: number | 'max';
  /** Awaited before each reading: how a slow model holds up a fast replay (`EveryWindow.ready`). */
  readonly ready?: (() => Promise<void>) | undefined;
  /** The time of the first reading, epoch microseconds; now when absent. */
  readonly startUs?: number | undefined;
}

/** Between two recordings, so that no window reaches from one into the other by accident. */
const PAUSE_US = 1_000_000;
/** A replay at full speed lets timers and sockets in this often. */
const YIELD_EVERY = 1000;

/**
 * Recordings one after the other, with their times shifted so that the first reading is measured now. Inside a
 * recording the distances stay as recorded at every `speed`, so the windows stay the same.
 */
export const replayReadings = (
  recordings: AsyncIterable<Recording> | Iterable<Recording>,
  { speed, ready, startUs }: ReplayOptions,
): Observable<SensorReading> =>
  new Observable((subscriber) => {
    const stop = new AbortController();
    const play = async (): Promise<void> => {
      const pace = new Pace(speed, stop.signal);
      let nextUs = startUs ?? Date.now() * 1000;
      for await (const recording of recordings) {
        const shiftUs = nextUs - (recording.timesUs[0] ?? 0);
        for (const reading of readingsOf(recording, shiftUs)) {
          await ready?.();
          await pace.until(reading.timeUs);
          if (subscriber.closed) return;
          subscriber.next({ ...reading, arrivalMs: Date.now() });
          nextUs = reading.timeUs + PAUSE_US;
        }
      }
      subscriber.complete();
    };
    play().catch((error: unknown) => subscriber.error(error));
    return () => stop.abort();
  });

/** Recordings again and again, read anew each time. */
export async function* looped(read: () => AsyncIterable<Recording>): AsyncGenerator<Recording> {
  for (;;) yield* read();
}

/** Waits until a reading is due: the time since the first one, divided by the speed. */
class Pace {
  readonly #speed: number | 'max';
  readonly #signal: AbortSignal;
  readonly #startMs = performance.now();
  #firstUs: number | undefined;
  #passed = 0;

  constructor(speed: number | 'max', signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  async until(timeUs: number): Promise<void> {
    this.#firstUs ??= timeUs;
    if (this.#speed === 'max') {
      if (++this.#passed % YIELD_EVERY === 0) await setImmediate();
      return;
    }
    const dueMs = this.#startMs + (timeUs - this.#firstUs) / 1000 / this.#speed;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await setTimeout(waitMs, undefined, { signal: this.#signal }).catch(() => {});
  }
}
