import { median } from '../../pipeline/measure/quantiles.ts';
import { type Effort, repeat } from '../../pipeline/measure/repeat.ts';
import { LlamaServer } from '../peers/llama-server.ts';
import type { LlamaJob } from './llama-job.ts';
import { RandomPrompts } from './random-prompts.ts';
import { WINDOW_TOKENS } from './task.ts';

/** Room for the prefix, a window or the longest prompt that is measured, and what is written after it. */
const CONTEXT_TOKENS = 768;
/** The longest prompt fits in one batch, and the windows of all boards do. */
const LEAST_BATCH_TOKENS = 512;
/** Of each setting that is tried. */
const TRIALS: Effort = { warmUp: 1, runs: 3, patienceMs: Number.POSITIVE_INFINITY };

/** A model in llama.cpp which answers the bench's windows, one sequence for each board. Each method tells milliseconds. */
export class LlamaReader {
  readonly flashAttention: boolean;
  readonly #server: LlamaServer;
  readonly #job: LlamaJob;
  readonly #prompts: RandomPrompts;
  #answered = 0;

  private constructor(job: LlamaJob, server: LlamaServer, flashAttention: boolean) {
    this.flashAttention = flashAttention;
    this.#server = server;
    this.#job = job;
    this.#prompts = new RandomPrompts(job.vocab);
  }

  /** With the faster of both kinds of attention. */
  static async open(job: LlamaJob, boards = 1): Promise<LlamaReader> {
    const tried: { reader: LlamaReader; ms: number }[] = [];
    for (const flashAttention of [true, false]) {
      const { reader } = await LlamaReader.load(job, { boards, flashAttention });
      tried.push({ reader, ms: median(await repeat(() => reader.answer(), TRIALS)) });
    }
    const [best, other] = tried.sort((a, b) => a.ms - b.ms);
    await other!.reader.#server.close();
    return best!.reader;
  }

  /** @returns the model with its prefix read, and milliseconds that model and context took to load */
  static async load(
    job: LlamaJob,
    { boards = 1, flashAttention }: { readonly boards?: number; readonly flashAttention: boolean },
  ): Promise<{ reader: LlamaReader; loadMs: number }> {
    const startMs = performance.now();
    const server = await LlamaServer.load(job.path, {
      threads: job.threads,
      flashAttention,
      contextTokens: CONTEXT_TOKENS,
      batchTokens: Math.max(LEAST_BATCH_TOKENS, boards * WINDOW_TOKENS),
      sequences: boards,
    });
    const loadMs = performance.now() - startMs;
    const reader = new LlamaReader(job, server, flashAttention);
    for (let board = 0; board < boards; board++) await reader.#readPrefix(board);
    return { reader, loadMs };
  }

  /** From a whole window to its label. */
  async answer(board = 0): Promise<number> {
    const { tokens, toTell } = this.#nextWindow(board);
    const startMs = performance.now();
    await this.#readOn(board, tokens, true);
    await this.#tell(board, toTell);
    return performance.now() - startMs;
  }

  /** From the last sample to the label, where the chunks before it have been read. */
  async answerInChunks(): Promise<number> {
    const { tokens, toTell } = this.#nextWindow(0);
    let from = 0;
    for (const chunk of this.#job.schedule.slice(0, -1)) {
      await this.#readOn(0, tokens.slice(from, from + chunk), false, from);
      from += chunk;
    }
    const startMs = performance.now();
    await this.#readOn(0, tokens.slice(from), true, from);
    await this.#tell(0, toTell);
    return performance.now() - startMs;
  }

  /** As many boards' windows in the faster of two ways: all in one batch, or one after the other. */
  async answerTogether(boards: number): Promise<number> {
    const inTurnMs = await this.#inTurn(boards);
    return Math.min(inTurnMs, await this.#inOneBatch(boards));
  }

  /** A prompt alone, to the token after it. */
  async prefill(tokens: number): Promise<number> {
    const server = this.#server;
    const prompt = this.#prompts.next(tokens);
    server.forget(0, 0);
    const startMs = performance.now();
    await server.read([{ sequence: 0, from: 0, tokens: prompt, next: true }]);
    const ms = performance.now() - startMs;
    await this.#readPrefix(0);
    return ms;
  }

  /** From the first token that is written after a prompt to the last. */
  async write(promptTokens: number, newTokens: number): Promise<number> {
    const server = this.#server;
    server.forget(0, 0);
    const prompt = this.#prompts.next(promptTokens);
    let [token] = await server.read([{ sequence: 0, from: 0, tokens: prompt, next: true }]);
    const startMs = performance.now();
    for (let i = 0; i < newTokens - 1; i++) {
      [token] = await server.read([{ sequence: 0, from: promptTokens + i, tokens: [token!], next: true }]);
    }
    const ms = performance.now() - startMs;
    await this.#readPrefix(0);
    return ms;
  }

  async #inTurn(boards: number): Promise<number> {
    let ms = 0;
    for (let board = 0; board < boards; board++) ms += await this.answer(board);
    return ms;
  }

  async #inOneBatch(boards: number): Promise<number> {
    const windows = Array.from({ length: boards }, (_, board) => ({ board, ...this.#nextWindow(board) }));
    const startMs = performance.now();
    const from = this.#job.task.prefix.length;
    await this.#server.read(
      windows.map(({ board, tokens }) => ({ sequence: board, from, tokens, next: true })),
    );
    for (const { board, toTell } of windows) await this.#tell(board, toTell);
    return performance.now() - startMs;
  }

  async #readPrefix(board: number): Promise<void> {
    this.#server.forget(board, 0);
    await this.#server.read([{ sequence: board, from: 0, tokens: this.#job.task.prefix, next: false }]);
  }

  /** Forgets the window before. */
  #nextWindow(board: number) {
    const { prefix, windows, toTell } = this.#job.task;
    this.#server.forget(board, prefix.length);
    const n = this.#answered++;
    return { tokens: windows[n % windows.length]!, toTell: toTell[n % toTell.length]! };
  }

  /** Reads tokens of a window. @param from their place in it */
  async #readOn(board: number, tokens: readonly number[], next: boolean, from = 0): Promise<void> {
    const { prefix } = this.#job.task;
    await this.#server.read([{ sequence: board, from: prefix.length + from, tokens, next }]);
  }

  /** Writes a label as far as it takes to tell it. Which one comes in turn: an untrained model means nothing by its own. */
  async #tell(board: number, toTell: readonly number[]): Promise<void> {
    for (const [i, token] of toTell.entries()) await this.#readOn(board, [token], true, WINDOW_TOKENS + i);
  }
}
