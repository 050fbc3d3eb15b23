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
 * A window of one row is written as the paper writes it: its values, separated by commas. Channels
 * come one after the other, so nothing but the instruction can be read before the window is full.
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
    const { channels } = this.#task.spec.input;
    const number = (value: number) => (Number.isNaN(value) ? 'nan' : String(Number(value.toFixed(2))));
    const input =
      rows.length === 1
        ? Array.from(rows[0]!, number).join(',')
        : channels
            .map(
              ({ channel, title }, c) =>
                `${title ?? channel}: [${rows.map((row) => number(row[c]!)).join(', ')}]\n`,
            )
            .join('');
    return `${input}\n\n### Response:\n`;
  }
}
