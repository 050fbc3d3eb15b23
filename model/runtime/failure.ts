import { TinyError } from '../../protocols/errors.ts';

/** An error on its way between threads: structured clone would drop what makes a `TinyError` useful. */
export interface Failure {
  readonly message: string;
  /** Of a `TinyError`: something that a person can mend. */
  readonly hint?: string;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof TinyError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error) };
}

export const toError = ({ message, hint }: Failure): Error =>
  hint === undefined ? new Error(message) : new TinyError(message, hint);
