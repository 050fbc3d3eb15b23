import { usageError } from '../../protocols/errors.ts';
import { nearest } from '../../protocols/nearest.ts';
import { OPERATIONS, type OperationContext, type OperationName } from './operations.ts';

/** Does what it is asked, one thing after the other: a swap does not begin while the bundle is verified. */
export class Operator {
  readonly #context: OperationContext;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: OperationContext) {
    this.#context = context;
  }

  /**
   * @returns what the operation has to tell, for JSON
   * @throws TinyError when there is no such operation, its parameters are wrong, or it failed
   */
  do(name: string, parameters: unknown = {}): Promise<unknown> {
    const done = this.#last.then(() => operationOf(name)(this.#context, parameters));
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves when nothing is being done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

function operationOf(name: string) {
  const names = Object.keys(OPERATIONS) as OperationName[];
  const known = names.find((candidate) => candidate === name);
  if (known !== undefined) return OPERATIONS[known];
  const meant = nearest(name, names);
  throw usageError(
    `there is no operation "${name}"`,
    meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`,
  );
}
