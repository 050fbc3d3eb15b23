import { median } from '../../pipeline/measure/quantiles.ts';
import { repeat } from '../../pipeline/measure/repeat.ts';
import { llamaJob } from './llama-job.ts';
import { LlamaReader } from './llama-reader.ts';
import { Opened } from './opened.ts';
import {
  DECODE_PROMPT_TOKENS,
  DECODE_TOKENS,
  MOST_BOARDS,
  type ModelChoice,
  type Program,
} from './program.ts';

/** llama.cpp at its best: the prefix is kept, and flash attention is on where that is faster. */
export class LlamaProgram implements Program {
  readonly #opened = new Opened(async (choice) => LlamaReader.open(await llamaJob(choice)));
  readonly #ofBoards = new Opened(async (choice) => LlamaReader.open(await llamaJob(choice), MOST_BOARDS));

  async open(model: ModelChoice): Promise<string> {
    const { flashAttention } = await this.#opened.get(model);
    return `its prefix kept, flash attention ${flashAttention ? 'on' : 'off'}`;
  }

  async windowMs(model: ModelChoice, runs: number): Promise<number> {
    const reader = await this.#opened.get(model);
    return medianOf(runs, () => ofTwo(() => reader.answer()));
  }

  async lastSampleMs(model: ModelChoice, runs: number): Promise<number> {
    const reader = await this.#opened.get(model);
    return medianOf(runs, () => ofTwo(() => reader.answerInChunks()));
  }

  async prefillMs(model: ModelChoice, tokens: number, runs: number): Promise<number> {
    const reader = await this.#opened.get(model);
    return medianOf(runs, () => reader.prefill(tokens));
  }

  async decodeTokensPerS(model: ModelChoice, runs: number): Promise<number> {
    const reader = await this.#opened.get(model);
    const ms = await medianOf(runs, () => reader.write(DECODE_PROMPT_TOKENS, DECODE_TOKENS));
    return (1000 * (DECODE_TOKENS - 1)) / ms;
  }

  async windowsPerS(model: ModelChoice, boards: number, runs: number): Promise<number> {
    const reader = await this.#ofBoards.get(model);
    const ms = await medianOf(runs, () => reader.answerTogether(boards));
    return (1000 * boards) / ms;
  }
}

const medianOf = async (runs: number, work: () => Promise<number>): Promise<number> =>
  median(await repeat(work, { warmUp: 0, runs, patienceMs: Number.POSITIVE_INFINITY }));

/** Every second label takes one more token to tell. */
const ofTwo = async (work: () => Promise<number>): Promise<number> => ((await work()) + (await work())) / 2;
