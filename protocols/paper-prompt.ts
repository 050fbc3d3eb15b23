import type { Completion, PromptStream, PromptWriter, Tokenizer } from './prompt.ts';
import type { FittedTask } from './task.ts';
import type { Row } from './window.ts';

/**
 * The `tinyllm-paper` template (arXiv 2412.15304): an instruction block, the samples of each channel
 * as a list of numbers, and a response block.
 *
 *     ### Instruction:
 *     ..
 *
 *     ### Input:
 *     Proximity: [254, 252, ..]
 *     Red: [1345, 1338, ..]
 *
 *     ### Response:
 *
 * A window of one row is written as the paper writes it: its values, separated by commas; a window of one channel that has no
 * title as its values, separated by spaces. Channels come one after the other, so nothing but the instruction can be read
 * before the window is full.
 */
export class PaperPrompt implements PromptWriter {
  readonly prefix: readonly number[];
  readonly completions: readonly Completion[];
  readonly #task: FittedTask;
  readonly #tokenizer: Tokenizer;

  constructor(task: FittedTask, tokenizer: Tokenizer, completions: readonly Completion[]) {
    this.#task = task;
    this.#tokenizer = tokenizer;
    this.completions = completions;
    this.prefix = tokenizer.encode(this.#head());
  }

  begin(): PromptStream {
    const rows: Row[] = [];
    return {
      push: (row) => {
        rows.push(row);
        return [];
      },
      finish: () => this.#tokenizer.encode(this.#body(rows)),
    };
  }

  text(rows: readonly Row[]): string {
    return this.#head() + this.#body(rows);
  }

  #head(): string {
    return `### Instruction:\n${this.#task.spec.instruction}\n\n### Input:\n`;
  }

  #body(rows: readonly Row[]): string {
    return `${this.#input(rows)}\n\n### Response:\n`;
  }

  #input(rows: readonly Row[]): string {
    const { channels } = this.#task.spec.input;
    const lists = channels.map(({ decimals }, c) => rows.map((row) => numberText(row[c]!, decimals)));
    if (rows.length === 1) return lists.flat().join(',');
    if (channels.length === 1 && channels[0]!.title === undefined) return lists[0]!.join(' ');
    return channels
      .map(({ channel, title }, c) => `${title ?? channel}: [${lists[c]!.join(', ')}]\n`)
      .join('');
  }
}

const MOST_DECIMALS = 2;

/** Rounded as a number before it is written, so that what is nearly zero has no sign. */
function numberText(value: number, decimals?: number): string {
  if (Number.isNaN(value)) return 'nan';
  const rounded = Number(value.toFixed(decimals ?? MOST_DECIMALS));
  return decimals === undefined ? String(rounded) : rounded.toFixed(decimals);
}
