import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { backoffMs } from '../../protocols/backoff.ts';
import type { Log } from '../log.ts';

/** Changes within so long are written together: what a sudden end of the process may lose. */
export const WRITE_AFTER_MS = 250;
/** While the disk cannot be written. */
const CHECK_AGAIN_AFTER_MS = 1000;

/**
 * Keys and texts on disk (LevelDB), written behind: a change is in memory at once and on disk a moment later. When the
 * disk is full, changes wait, the newest for each key, until it can be written again.
 */
export class DiskStore {
  readonly #folder: string;
  readonly #log: Log;
  #level: ClassicLevel;
  /** Undefined: to be deleted. */
  #pending = new Map<string, string | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failures = 0;

  private constructor(folder: string, level: ClassicLevel, log: Log) {
    this.#folder = folder;
    this.#level = level;
    this.#log = log;
  }

  /**
   * Open a folder, or begin it. A damaged one is put aside.
   *
   * @returns undefined, and a line in the log with the fix, when it cannot be had
   */
  static async open(folder: string, log: Log): Promise<DiskStore | undefined> {
    try {
      await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
      return new DiskStore(folder, await openLevel(folder, log), log);
    } catch (error) {
      const { code, message } = causeOf(error);
      const why = code === 'LEVEL_LOCKED' ? 'another agent has it open' : message;
      const fix =
        code === 'LEVEL_LOCKED' ? 'give each agent a --state of its own' : 'mend it and start again';
      log.warn(`broker: ${folder} cannot be used, so nothing outlives a restart: ${why}; ${fix}`);
      return undefined;
    }
  }

  /** All that is on disk, in the order of the keys (UTF-8). */
  entries(): Promise<[string, string][]> {
    return this.#level.iterator().all();
  }

  put(key: string, value: string): void {
    this.#change(key, value);
  }

  delete(key: string): void {
    this.#change(key, undefined);
  }

  /** Writes what waits, once, and closes the folder. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
    clearTimeout(this.#timer);
    await this.#level.close();
  }

  #change(key: string, value: string | undefined): void {
    // Deleted first, so that the order of the map is the order of the changes.
    this.#pending.delete(key);
    this.#pending.set(key, value);
    this.#writeAfter(WRITE_AFTER_MS);
  }

  #writeAfter(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    }, delayMs);
  }

  async #write(): Promise<void> {
    const changes = this.#pending;
    if (changes.size === 0) return;
    this.#pending = new Map();
    try {
      // After a failure LevelDB takes nothing more until it is opened again.
      if (this.#failures > 0) await this.#reopen();
      await this.#level.batch(
        [...changes].map(([key, value]) =>
          value === undefined ? { type: 'del', key } : { type: 'put', key, value },
        ),
      );
      if (this.#failures > 0) this.#log.info(`broker: ${this.#folder} can be written again`);
      this.#failures = 0;
    } catch (error) {
      this.#pending = new Map([...changes, ...this.#pending]);
      if (this.#failures === 0) {
        const why = causeOf(error).message;
        this.#log.warn(
          `broker: ${this.#folder} cannot be written, what changes waits in memory: ${why}; make room on the disk`,
        );
      }
      this.#writeAfter(CHECK_AGAIN_AFTER_MS + backoffMs(this.#failures++));
    }
  }

  async #reopen(): Promise<void> {
    await this.#level.close();
    this.#level = new ClassicLevel(this.#folder);
    await this.#level.open();
  }
}

async function openLevel(folder: string, log: Log): Promise<ClassicLevel> {
  const level = new ClassicLevel(folder);
  try {
    await level.open();
    return level;
  } catch (error) {
    if (causeOf(error).code !== 'LEVEL_CORRUPTION') throw error;
    const aside = `${folder}.damaged-${Date.now()}`;
    await rename(folder, aside);
    log.warn(`broker: what was kept in ${folder} is damaged; it is now ${aside}, and the broker begins anew`);
    const anew = new ClassicLevel(folder);
    await anew.open();
    return anew;
  }
}

/** LevelDB says why in the cause of its errors. */
function causeOf(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause instanceof Error ? cause : (error as Error);
}
