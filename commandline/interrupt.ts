const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Why the signal of `untilInterrupted` was aborted. */
export class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.name = 'Interrupted';
  }
}

/**
 * Runs `work` with a signal that is aborted by the first Ctrl-C (SIGINT) or SIGTERM, so that it can finish what it
 * has begun. The second one kills the process in the usual way, since our handlers are gone by then.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stopListening = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    stopListening();
    controller.abort(new Interrupted(signal));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}
