/**
 * SIGHUP, by which daemons have always been told to read their configuration again. Without anybody who listens it ends the
 * process: so this listens from the moment it is made, and remembers what comes before somebody can act on it.
 */
export class HangUps {
  #act: (() => void) | undefined;
  #isMissed = false;

  constructor() {
    process.on('SIGHUP', this.#heard);
  }

  /** At each from now on, and at once when there was one already. */
  onEach(act: () => void): void {
    this.#act = act;
    if (this.#isMissed) act();
    this.#isMissed = false;
  }

  /** From now on it ends the process again. */
  stop(): void {
    process.off('SIGHUP', this.#heard);
  }

  readonly #heard = (): void => {
    if (this.#act === undefined) this.#isMissed = true;
    else this.#act();
  };
}
