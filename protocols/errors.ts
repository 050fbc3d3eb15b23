/**
 * An error meant for a person: what is wrong, where, and how to fix it.
 *
 * The command line prints `message` and, below it, `hint`, and exits with `exitCode`.
 * Anything that is not a `TinyError` is a bug of ours and is printed with its stack.
 */
export class TinyError extends Error {
  readonly hint: string;
  /** Process exit status: 1 failure, 2 wrong usage, 78 wrong configuration (sysexits EX_CONFIG). */
  readonly exitCode: 1 | 2 | 78;

  constructor(message: string, hint: string, options: { exitCode?: 1 | 2 | 78; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TinyError';
    this.hint = hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A configuration, task or recipe file that cannot be used as it stands. Exit status 78. */
export const configError = (message: string, hint: string, cause?: unknown): TinyError =>
  new TinyError(message, hint, { exitCode: 78, cause });

/** A command line that cannot be understood. Exit status 2. */
export const usageError = (message: string, hint: string): TinyError =>
  new TinyError(message, hint, { exitCode: 2 });
