interface Closable {
  close(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

/** What was opened, to be closed in reverse order: also when opening the next thing fails. */
export class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  async close<T extends Closable>(opening: Promise<T>): Promise<T> {
    const opened = await opening;
    this.#steps.push(() => opened.close());
    return opened;
  }

  async stop<T extends Stoppable>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    this.#steps.push(() => started.stop());
    return started;
  }

  /** The same for what is not always there. */
  async stopIf<T extends Stoppable>(starting: Promise<T | undefined>): Promise<T | undefined> {
    const started = await starting;
    if (started !== undefined) this.#steps.push(() => started.stop());
    return started;
  }

  /** Every step is tried; the first error is thrown at the end. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
