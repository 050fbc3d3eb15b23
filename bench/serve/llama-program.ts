import { median } from '../../pipeline/measure/quantiles.ts';
import { type Effort, repeat } from '../../pipeline/measure/repeat.ts';
import { LlamaServer } from '../peers/llama-server.ts';
import { type GgufType, servedModel } from './models.ts';
import { Opened } from './opened.ts';
import type { ModelChoice, Program } from './program.ts';
import { type TaskTokens, taskTokens } from './task-tokens.ts';

/** Room for the prefix, a window or the longest prompt that is measured, and what is written after it. */
const CONTEXT_TOKENS = 768;
const BATCH_TOKENS = 512;
/** Of each setting that is tried. */
const TRIALS: Effort = { warmUp: 1, runs: 3, patienceMs: Number.POSITIVE_INFINITY };

/** llama.cpp at its best: the prefix is kept, and flash attention is on where that is faster. */
export class LlamaProgram implements Program {
  readonly #opened = new Opened((choice) => LlamaReader.open(choice));

  async open(model: ModelChoice): Promise<string> {
    const { flashAttention } = await this.#opened.get(model);
    return `flash attention ${flashAttention ? 'on' : 'off'}`;
  }

  async windowMs(model: ModelChoice, runs: number): Promise<number> {
    const reader = await this.#opened.get(model);
    return timed(runs, () => reader.answer());
  }
}

const timed = async (runs: number, work: () => Promise<number>): Promise<number> =>
  median(await repeat(work, { warmUp: 0, runs, patienceMs: Number.POSITIVE_INFINITY }));

/** A model in llama.cpp which answers the bench's windows. */
class LlamaReader {
  readonly flashAttention: boolean;
  readonly #server: LlamaServer;
  readonly #task: TaskTokens;
  #answered = 0;

  private constructor(server: LlamaServer, flashAttention: boolean, task: TaskTokens) {
    this.#server = server;
    this.flashAttention = flashAttention;
    this.#task = task;
  }

  /** With the faster of both kinds of attention. */
  static async open({ size, format, threads }: ModelChoice): Promise<LlamaReader> {
    const task = taskTokens();
    const path = (await servedModel(size)).gguf[format as GgufType];
    const tried: { reader: LlamaReader; ms: number }[] = [];
    for (const flashAttention of [true, false]) {
      const server = await LlamaServer.load(path, {
        threads,
        flashAttention,
        contextTokens: CONTEXT_TOKENS,
        batchTokens: BATCH_TOKENS,
      });
      await server.read([{ sequence: 0, from: 0, tokens: task.prefix, next: false }]);
      const reader = new LlamaReader(server, flashAttention, task);
      tried.push({ reader, ms: median(await repeat(() => reader.answer(), TRIALS)) });
    }
    const [best, other] = tried.sort((a, b) => a.ms - b.ms);
    await other!.reader.close();
    return best!.reader;
  }

  /** @returns milliseconds from a whole window to its label */
  async answer(): Promise<number> {
    const { prefix, windows, toTell } = this.#task;
    const tokens = windows[this.#answered % windows.length]!;
    const path = toTell[this.#answered++ % toTell.length]!;
    this.#server.forget(0, prefix.length);
    const startMs = performance.now();
    await this.#server.read([{ sequence: 0, from: prefix.length, tokens, next: true }]);
    await this.#tell(prefix.length + tokens.length, path);
    return performance.now() - startMs;
  }

  /** Writes a label as far as it must be written. An untrained model is told what it would have answered. */
  async #tell(from: number, path: readonly number[]): Promise<void> {
    for (const [i, token] of path.entries()) {
      await this.#server.read([{ sequence: 0, from: from + i, tokens: [token], next: true }]);
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}
