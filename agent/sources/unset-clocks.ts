import { ArrivalClock, type ClockEstimate } from '../../firmware-bridge/board-clock.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { RareLog } from '../rare-log.ts';

/** No board that knows the time measures before 2020; one that does not counts from its start, which it calls 1970. */
const KNOWN_FROM_US = Date.UTC(2020) * 1000;
/** Boards without a time that are followed at once; one more, and the one heard longest ago starts again. */
const MAX_CLOCKS = 1000;

/**
 * Boards without a clock chip do not know the time until a time server has told them. Until then the distances between
 * their times are good, and the arrivals tell where these lie. When the time has come, their own is taken.
 */
export class UnsetClocks {
  /** By board; the one heard last is last. */
  readonly #clocks = new Map<string, ArrivalClock>();
  readonly #log: RareLog;
  /** Readings that were dated by their arrival. */
  dated = 0;

  constructor(log: RareLog) {
    this.#log = log;
  }

  /** What one message of a board brought, on this machine's clock where the board has none. */
  date(board: string, readings: readonly SensorReading[]): readonly SensorReading[] {
    const undated = readings.filter(({ timeUs }) => timeUs < KNOWN_FROM_US);
    if (undated.length === 0) {
      if (this.#clocks.size > 0) this.#clocks.delete(board);
      return readings;
    }
    const clock = this.#clockOf(board);
    const newest = undated.reduce((a, b) => (b.timeUs > a.timeUs ? b : a));
    clock.observe(newest.timeUs, newest.arrivalMs * 1000);
    this.dated += undated.length;
    return readings.map((reading) =>
      reading.timeUs < KNOWN_FROM_US ? { ...reading, timeUs: clock.hostUs(reading.timeUs) } : reading,
    );
  }

  /** By board, the one heard last first, at most so many. */
  estimates(most: number): ReadonlyMap<string, ClockEstimate> {
    const lately = [...this.#clocks].slice(-most).reverse();
    return new Map(
      lately.flatMap(([board, { estimate }]) => (estimate === undefined ? [] : [[board, estimate]])),
    );
  }

  forget(board: string): void {
    this.#clocks.delete(board);
  }

  #clockOf(board: string): ArrivalClock {
    const followed = this.#clocks.get(board);
    if (followed) {
      this.#clocks.delete(board);
      this.#clocks.set(board, followed);
      return followed;
    }
    if (this.#clocks.size === MAX_CLOCKS) this.#clocks.delete(this.#clocks.keys().next().value!);
    const clock = new ArrivalClock();
    this.#clocks.set(board, clock);
    this.#log.warn(
      `${board} clock`,
      `${board}: its clock is not set, so its readings are dated by their arrival until it is`,
    );
    return clock;
  }
}
