import type { Log, LogFields } from './log.ts';

const REPEAT_AFTER_MS = 60_000;
/** Kinds made up by a hostile client must not fill the memory: beyond this many within a minute they share one entry. */
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
  /** The one logged last is last. */
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
    const now = this.#nowMs();
    const name = this.#nameOf(kind, now);
    const known = this.#kinds.get(name) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, heldBack: 0 };
    if (now - known.loggedAtMs < REPEAT_AFTER_MS) {
      known.heldBack++;
      return;
    }
    this.#log[level](message, known.heldBack === 0 ? fields : { ...fields, more: known.heldBack });
    this.#kinds.delete(name);
    this.#kinds.set(name, { loggedAtMs: now, heldBack: 0 });
  }

  #nameOf(fullName: string, now: number): string {
    const name = fullName.slice(0, MAX_KIND_CHARACTERS);
    if (this.#kinds.has(name) || this.#kinds.size < MAX_KINDS) return name;
    const [quietest, { loggedAtMs }] = this.#kinds.entries().next().value!;
    if (now - loggedAtMs < REPEAT_AFTER_MS) return 'others';
    this.#kinds.delete(quietest);
    return name;
  }
}
