import type { Log, LogFields } from './log.ts';

const REPEAT_AFTER_MS = 60_000;
/** Kinds made up by a hostile client must not fill the memory: beyond this many they share one entry. */
const MAX_KINDS = 1000;
/** Nor must their names. */
const MAX_KIND_CHARACTERS = 200;

interface Kind {
  loggedAtMs: number;
  /** Since it was logged last. */
  heldBack: number;
}

/** Messages that others can provoke: the first of a kind at once, then one line a minute with how many there were `more`. */
export class RareLog {
  readonly #kinds = new Map<string, Kind>();
  readonly #log: Log;
  readonly #nowMs: () => number;

  constructor(log: Log, nowMs: () => number = Date.now) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  info(kind: string, message: string, fields: LogFields = {}): void {
    this.#say('info', kind, message, fields);
  }

  warn(kind: string, message: string, fields: LogFields = {}): void {
    this.#say('warn', kind, message, fields);
  }

  #say(level: 'info' | 'warn', kind: string, message: string, fields: LogFields): void {
    const known = this.#kindOf(kind);
    const now = this.#nowMs();
    if (now - known.loggedAtMs < REPEAT_AFTER_MS) {
      known.heldBack++;
      return;
    }
    this.#log[level](message, known.heldBack === 0 ? fields : { ...fields, more: known.heldBack });
    known.loggedAtMs = now;
    known.heldBack = 0;
  }

  #kindOf(fullName: string): Kind {
    const name = fullName.slice(0, MAX_KIND_CHARACTERS);
    const shared = this.#kinds.size >= MAX_KINDS && !this.#kinds.has(name) ? 'others' : name;
    const kind = this.#kinds.get(shared) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, heldBack: 0 };
    this.#kinds.set(shared, kind);
    return kind;
  }
}
