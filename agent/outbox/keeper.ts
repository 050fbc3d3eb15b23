import { TinyError } from '../../protocols/errors.ts';
import type { Log } from '../log.ts';
import { type FolderTrouble, isOutOfRoom, stateFolderTrouble } from '../machine/state-folder-trouble.ts';
import { type FoundJournal, Journal, type JournalLimits } from './journal.ts';
import type { OutboxEntry } from './message.ts';

/** A disk that did not take something is asked again after this long. */
export const RETRY_MS = 2000;

export interface KeeperOptions {
  readonly folder: string;
  readonly limits: JournalLimits;
  readonly log: Log;
}

/**
 * Holds the journal while the disk lets it: says once when it does not, what to do about it, and once when it does again.
 */
export class JournalKeeper {
  readonly #options: KeeperOptions;
  #journal: Journal | undefined;
  #isWell = true;

  private constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Open the journal; when the folder cannot be used, the keeper goes on without and tries again.
   *
   * @throws TinyError when another process has the folder
   */
  static async open(options: KeeperOptions): Promise<{ keeper: JournalKeeper; found?: FoundJournal }> {
    const keeper = new JournalKeeper(options);
    try {
      return { keeper, found: await keeper.#open() };
    } catch (error) {
      if (error instanceof TinyError) throw error;
      keeper.#failed(error as Error);
      return { keeper };
    }
  }

  /** Undefined while it could never be opened. */
  get journal(): Journal | undefined {
    return this.#journal;
  }

  /** Whether the disk took what it was last given. */
  get isWell(): boolean {
    return this.#isWell;
  }

  /** Open a journal that could not be opened before. Undefined when it still cannot. */
  async openLate(): Promise<FoundJournal | undefined> {
    try {
      return await this.#open();
    } catch (error) {
      this.#failed(error as Error);
      return undefined;
    }
  }

  /** @returns whether the messages are on disk */
  async append(entries: readonly OutboxEntry[]): Promise<boolean> {
    return this.#try((journal) => journal.append(entries));
  }

  async mark(acknowledgedBelow: number): Promise<boolean> {
    return this.#try((journal) => journal.mark(acknowledgedBelow));
  }

  async #try(write: (journal: Journal) => Promise<void>): Promise<boolean> {
    if (this.#journal === undefined) return false;
    try {
      await write(this.#journal);
    } catch (error) {
      this.#failed(error as Error);
      return false;
    }
    this.#works();
    return true;
  }

  async #open(): Promise<FoundJournal> {
    const { folder, limits, log } = this.#options;
    const found = await Journal.open(folder, limits);
    this.#journal = found.journal;
    if (found.damagedBytes > 0) {
      log.warn(`the outbox ${folder} is damaged: ${found.damagedBytes} bytes were passed over`);
    }
    for (const name of found.unreadable) {
      log.warn(`the outbox cannot read ${name} in ${folder} and leaves it there`);
    }
    this.#works();
    return found;
  }

  #works(): void {
    if (!this.#isWell) this.#options.log.info(`the outbox is on disk again, in ${this.#options.folder}`);
    this.#isWell = true;
  }

  #failed(error: Error): void {
    const { folder, log } = this.#options;
    if (this.#isWell) {
      const { reason, hint } = troubleOf(error);
      log.error(
        `the outbox cannot be written to ${folder}: ${reason}; messages wait in memory until it can; ${hint}`,
      );
    }
    this.#isWell = false;
  }
}

function troubleOf(error: Error): FolderTrouble {
  if (error instanceof TinyError) return { reason: error.message, hint: error.hint };
  const trouble = stateFolderTrouble(error);
  return isOutOfRoom(error) ? { ...trouble, hint: 'make room there, or lower outbox.maxMb' } : trouble;
}
