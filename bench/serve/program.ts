import type { ModelSize } from './models.ts';

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
  /** Milliseconds from a window's last sample to its label, all before it having been read in the runtime's chunks. */
  lastSampleMs(model: ModelChoice, runs: number): Promise<number>;
  /** Milliseconds to read a prompt of so many tokens, with nothing kept, and draw the token after it. */
  prefillMs(model: ModelChoice, tokens: number, runs: number): Promise<number>;
  /** Tokens that are written in a second after a prompt of 256. */
  decodeTokensPerS(model: ModelChoice, runs: number): Promise<number>;
  /** Windows that are answered in a second, when so many boards, at most `MOST_BOARDS`, have theirs ready at once. */
  windowsPerS(model: ModelChoice, boards: number, runs: number): Promise<number>;
}

/** What is read before tokens are written one by one. */
export const DECODE_PROMPT_TOKENS = 256;
export const DECODE_TOKENS = 64;
/** At once. */
export const MOST_BOARDS = 8;

/** Which weights, and how they are kept: a variant of the bundle, or a type of llama.cpp's. */
export interface ModelChoice {
  readonly size: ModelSize;
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
