import type { State } from './label-filter.ts';

/** A state that windows have been in, one after the other. */
export class Stretch {
  readonly state: State;
  readonly startMs: number;
  #sumP = 0;
  #windows = 0;

  constructor(state: State, startMs: number) {
    this.state = state;
    this.startMs = startMs;
  }

  add(p: number): void {
    this.#sumP += p;
    this.#windows++;
  }

  /** How sure the state is: the mean over its windows. */
  get p(): number {
    return this.#sumP / this.#windows;
  }
}

/** One window: what the filter makes of it, and what it says by itself. */
export interface Look {
  readonly state: State;
  readonly p: number;
  readonly said: State;
  /** The moment that the window is about. */
  readonly atMs: number;
}

/** A state gives way to another only when that one has lasted. */
export class SteadyState {
  readonly #leastMsOf: (state: State) => number;
  readonly #hopMs: number;
  /** What the latest windows say, and since when: where a change began that the filter believes later. */
  #said: { readonly state: State; readonly sinceMs: number } | undefined;
  #coming: Stretch | undefined;
  /** The state that holds; none before one has lasted. */
  standing: Stretch | undefined;

  constructor(leastMsOf: (state: State) => number, hopMs: number) {
    this.#leastMsOf = leastMsOf;
    this.#hopMs = hopMs;
  }

  /** @returns whether another state holds with this window */
  look({ state, p, said, atMs }: Look): boolean {
    if (said !== this.#said?.state) this.#said = { state: said, sinceMs: atMs };
    if (state === this.standing?.state) {
      this.#coming = undefined;
      this.standing.add(p);
      return false;
    }
    if (state !== this.#coming?.state) this.#coming = new Stretch(state, this.#beginOf(state, atMs));
    this.#coming.add(p);
    if (atMs + this.#hopMs - this.#coming.startMs < this.#leastMsOf(state)) return false;
    this.standing = this.#coming;
    this.#coming = undefined;
    return true;
  }

  #beginOf(state: State, atMs: number): number {
    const sinceMs = this.#said?.state === state ? this.#said.sinceMs : atMs;
    return Math.max(sinceMs, this.standing?.startMs ?? sinceMs);
  }
}
