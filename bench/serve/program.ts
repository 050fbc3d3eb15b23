import type { Size } from './models.ts';

/**
 * One of the two programs that are measured, in a process of its own, with models in it. Both do the same work on the same
 * weights; milliseconds count from the call until the result is there for the program's user. Each method works through
 * `runs` repetitions and tells their median.
 */
export interface Program {
  /** Takes a model in, and does what is done once: the constant prefix has been read. @returns how it is set up, for people */
  open(model: ModelChoice): Promise<string>;
  /** Milliseconds from a whole window, all of whose tokens are there, to its label. */
  windowMs(model: ModelChoice, runs: number): Promise<number>;
}

/** Which weights, and how they are kept: a variant of the bundle, or a type of llama.cpp's. */
export interface ModelChoice {
  readonly size: Size;
  readonly format: string;
  readonly threads: number;
}

export type Which = 'tinyllm' | 'llama.cpp';

/** What is sent to the process: a method and what it is given. */
export type Call = {
  [Method in keyof Program]: { readonly method: Method; readonly args: Parameters<Program[Method]> };
}[keyof Program];

/** What comes back. */
export interface Result {
  readonly value: unknown;
}
