/** How a board's clock goes beside this host's. */
export interface ClockEstimate {
  /** How much too fast it runs, in parts per million; null as long as too little has come to tell. */
  readonly driftPpm: number | null;
  /** This host's time less the board's, milliseconds: for a board that counts from its start, when that was. */
  readonly offsetMs: number;
}

/** Gives times of this host to what one board measured, from the moment it started. */
export interface BoardClock {
  /** Something that the board dated `boardUs` has come at `arrivalUs`, epoch microseconds. */
  observe(boardUs: number, arrivalUs: number): void;
  /** Epoch microseconds, an integer. For rising `boardUs` it never falls, unless this machine's clock was set back. */
  hostUs(boardUs: number): number;
  /** The same board was dated up to `hostUs` before it started again: nothing is dated before that. */
  notBefore(hostUs: number): void;
  /** Undefined where nothing has come yet, or nothing is learnt. */
  readonly estimate: ClockEstimate | undefined;
}

/** For replays: board and host agree on when the board started, and arrivals say nothing. */
export class FixedClock implements BoardClock {
  readonly estimate = undefined;
  readonly #startUs: number;

  /** @param startUs what the board calls 0, in epoch microseconds; 0 for a board that counts from 1970 */
  constructor(startUs: number) {
    this.#startUs = startUs;
  }

  observe(): void {}

  notBefore(): void {}

  hostUs(boardUs: number): number {
    return this.#startUs + boardUs;
  }
}

/** The fastest arrival in each stretch of this length is kept. */
const STRETCH_US = 4_000_000;
/** Two minutes are remembered: drift of 1 ppm is then as large as the jitter of a good line. */
const MAX_STRETCHES = 32;
/** Stretches before drift is believed. */
const MIN_STRETCHES = 4;
/** Ceramic resonators of small boards are off by 0.5 %. */
const MAX_DRIFT = 0.01;
/** Further back than messages overtake each other: the board's clock was set back. */
const SET_BACK_US = 1_000_000;
/** So much more time cannot have passed on the board than here: its clock was set ahead. */
const SET_AHEAD_US = 10_000_000;
/** Longer than lines hold bytes back: the board slept and its clock stood still, or this machine's was set ahead. */
const STOOD_STILL_US = 60_000_000;

/** The fastest arrival of a stretch. */
interface Fastest {
  readonly boardUs: number;
  /** Arrival minus board time. */
  readonly delayUs: number;
}

/**
 * Learns a board's clock from arrivals. The host time of a sample is its board time plus the least delay seen, because
 * lines and brokers only ever delay (minimum filter, as in NTP, RFC 5905 section 10); how the least delay changes with
 * time is the drift between the two crystals, the median of all slopes between stretches (Theil and Sen), which a
 * third of bad ones does not move. Nothing is dated after its arrival.
 *
 * It is a function of the observations alone. These are dated by chunks of bytes, so times of a live board depend on how
 * its bytes were chunked, within the jitter of the line; replays that must repeat to the byte use `FixedClock`.
 */
export class ArrivalClock implements BoardClock {
  /** The line: hostUs = boardUs + offsetUs + drift x (boardUs - originUs). */
  #originUs = 0;
  #offsetUs = 0;
  #drift = 0;
  #stretches: Fastest[] = [];
  #current: (Fastest & { readonly stretch: number }) | undefined;
  #newest: { readonly boardUs: number; readonly arrivalUs: number } | undefined;
  #lastMapped = { boardUs: Number.NEGATIVE_INFINITY, hostUs: Number.NEGATIVE_INFINITY };

  /** At the newest that has come. */
  get estimate(): ClockEstimate | undefined {
    if (this.#newest === undefined) return undefined;
    const offsetUs = this.#offsetUs + this.#drift * (this.#newest.boardUs - this.#originUs);
    // The faster the board's clock, the less the host's is ahead of it.
    const driftPpm = this.#stretches.length < MIN_STRETCHES ? null : 0 - Math.round(this.#drift * 1e7) / 10;
    return { driftPpm, offsetMs: Math.round(offsetUs / 1000) };
  }

  observe(boardUs: number, arrivalUs: number): void {
    if (this.#newest && arrivalUs < this.#newest.arrivalUs - SET_BACK_US) {
      this.#lastMapped.hostUs = Number.NEGATIVE_INFINITY;
      this.#newest = undefined;
    }
    const arrived = Math.max(arrivalUs, this.#newest?.arrivalUs ?? arrivalUs);
    if (this.#newest === undefined || this.#wasSet(boardUs, arrived)) this.#begin(boardUs, arrived);
    const delayUs = arrived - boardUs;
    this.#offsetUs = Math.min(this.#offsetUs, delayUs - this.#drift * (boardUs - this.#originUs));
    this.#keepFastest({ boardUs, delayUs });
    this.#newest = { boardUs: Math.max(boardUs, this.#newest?.boardUs ?? boardUs), arrivalUs: arrived };
  }

  hostUs(boardUs: number): number {
    const onLine = boardUs + this.#offsetUs + this.#drift * (boardUs - this.#originUs);
    const us = Math.round(Math.min(onLine, this.#newest?.arrivalUs ?? onLine));
    const last = this.#lastMapped;
    if (boardUs < last.boardUs) return Math.min(us, last.hostUs);
    const hostUs = Math.max(us, last.hostUs);
    this.#lastMapped = { boardUs, hostUs };
    return hostUs;
  }

  notBefore(hostUs: number): void {
    this.#lastMapped.hostUs = Math.max(this.#lastMapped.hostUs, hostUs);
  }

  #wasSet(boardUs: number, arrivalUs: number): boolean {
    const newest = this.#newest!;
    const passedUs = boardUs - newest.boardUs;
    const aheadUs = passedUs - (arrivalUs - newest.arrivalUs);
    return passedUs < -SET_BACK_US || aheadUs > SET_AHEAD_US || aheadUs < -STOOD_STILL_US;
  }

  #begin(boardUs: number, arrivalUs: number): void {
    this.#originUs = boardUs;
    this.#offsetUs = arrivalUs - boardUs;
    this.#drift = 0;
    this.#stretches = [];
    this.#current = undefined;
    this.#newest = undefined;
    this.#lastMapped = { boardUs: Number.NEGATIVE_INFINITY, hostUs: this.#lastMapped.hostUs };
  }

  #keepFastest(one: Fastest): void {
    const stretch = Math.floor(one.boardUs / STRETCH_US);
    if (this.#current !== undefined && stretch > this.#current.stretch) {
      this.#stretches.push(this.#current);
      if (this.#stretches.length > MAX_STRETCHES) this.#stretches.shift();
      this.#current = undefined;
      this.#fit();
    }
    if (this.#current === undefined || one.delayUs < this.#current.delayUs) {
      this.#current = { ...one, stretch: this.#current?.stretch ?? stretch };
    }
  }

  #fit(): void {
    const points = this.#stretches;
    this.#originUs = points[0]!.boardUs;
    this.#drift = points.length < MIN_STRETCHES ? 0 : median(slopes(points));
    this.#offsetUs = Math.min(
      ...points.map(({ boardUs, delayUs }) => delayUs - this.#drift * (boardUs - this.#originUs)),
    );
  }
}

/** Between all pairs of stretches; those that no crystal can have come of bytes that were held back. */
function* slopes(points: readonly Fastest[]): Generator<number> {
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(i + 1)) {
      const slope = (b.delayUs - a.delayUs) / (b.boardUs - a.boardUs);
      if (Math.abs(slope) <= MAX_DRIFT) yield slope;
    }
  }
}

function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
