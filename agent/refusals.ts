import type { RefusalReason } from '../protocols/reading.ts';
import type { Log } from './log.ts';

/** Why the agent did not take a reading: what is wrong with it, or with the way it came. */
export type AgentRefusalReason =
  | RefusalReason
  | 'badBoardId' // the topic names no board
  | 'retained'; // the broker kept it from before, so its time of arrival says nothing

const FIXES: Readonly<Record<AgentRefusalReason, string>> = {
  malformed: 'send {"v": {"accel.x": 0.12}}, a batch, or an array of readings',
  unknownChannel: 'use the channel names of the task, such as accel.x or rssi.<anchor>',
  wrongUnit: 'send the unit of the channel, or name a unit it can be converted from in `units`',
  notFinite: 'leave out values that were not measured',
  future: "set the board's clock, or leave `t` out to use the time of arrival",
  past: "set the board's clock, or leave `t` out; `admission.pastToleranceMs` allows older readings",
  badBoardId: 'a board id has lower-case letters, digits, - and _, at most 63, and is not "bridge"',
  retained: 'publish readings without the retain flag',
};

const REPEAT_AFTER_MS = 60_000;
/** Names made up by a hostile client must not fill the memory: beyond this many, boards share one entry. */
const MAX_ENTRIES = 1000;

interface Entry {
  loggedAtMs: number;
  /** Since it was logged last. */
  unlogged: number;
}

/** Counts what was refused, and says so: the first of each reason and board at once, then one line a minute. */
export class Refusals {
  readonly counts: Partial<Record<AgentRefusalReason, number>> = {};
  readonly #entries = new Map<string, Entry>();
  readonly #log: Log;
  readonly #nowMs: () => number;

  constructor(log: Log, nowMs: () => number = Date.now) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  add(board: string, reason: AgentRefusalReason, message: string): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    const entry = this.#entryOf(`${reason} ${board}`);
    const now = this.#nowMs();
    if (now - entry.loggedAtMs < REPEAT_AFTER_MS) {
      entry.unlogged++;
      return;
    }
    const more = entry.unlogged === 0 ? {} : { more: entry.unlogged };
    this.#log.warn(`${board}: ${message}; ${FIXES[reason]}`, { reason, ...more });
    entry.loggedAtMs = now;
    entry.unlogged = 0;
  }

  #entryOf(key: string): Entry {
    const shared = this.#entries.size >= MAX_ENTRIES && !this.#entries.has(key) ? 'others' : key;
    const entry = this.#entries.get(shared) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, unlogged: 0 };
    this.#entries.set(shared, entry);
    return entry;
  }
}
