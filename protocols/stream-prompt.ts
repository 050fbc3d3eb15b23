import { TinyError } from './errors.ts';
import type { Completion, PromptStream, PromptWriter, Tokenizer, WindowLength } from './prompt.ts';
import { levelOf } from './quantiser.ts';
import type { FittedTask } from './task.ts';
import type { Row } from './window.ts';

/** Asks for the answer. One token in GPT-2's vocabulary. */
export const RESPONSE_MARK = ' ->';

/**
 * The `stream` template: the instruction, then the samples in time order, each
 * quantised to a number that is one token, each channel in a number range of its own, then ` ->`.
 *
 *     Which hand gesture? 31 57 102 150 31 58 101 149 .. ->
 *
 * Nothing depends on later rows, so the model can read while the window fills.
 */
export class StreamPrompt implements PromptWriter, PromptStream {
  readonly prefix: readonly number[];
  readonly completions: readonly Completion[];
  readonly windowLength: WindowLength;
  readonly #task: FittedTask;
  readonly #mark: readonly number[];
  readonly #missing: number;
  /** Level -> token, for each channel: the fast path past the tokenizer. */
  readonly #tokenOfLevel: readonly Uint32Array[];

  constructor(task: FittedTask, tokenizer: Tokenizer, completions: readonly Completion[]) {
    this.#task = task;
    this.completions = completions;
    this.prefix = tokenizer.encode(task.spec.instruction);
    this.#mark = tokenizer.encode(RESPONSE_MARK);
    const { channels } = task.spec.input;
    const withLastRow = channels.length + this.#mark.length;
    const { rows } = task.spec.window;
    this.windowLength = { tokens: (rows - 1) * channels.length + withLastRow, withLastRow };
    this.#missing = oneToken(tokenizer, task.missingText);
    this.#tokenOfLevel = task.quantisers.map(({ firstNumber, edges }) =>
      Uint32Array.from({ length: edges.length + 1 }, (_, level) =>
        oneToken(tokenizer, ` ${firstNumber + level}`),
      ),
    );
  }

  /** Stateless: a row's tokens depend on that row alone. */
  begin(): PromptStream {
    return this;
  }

  push(row: Row): number[] {
    return Array.from(row, (value, c) =>
      Number.isNaN(value)
        ? this.#missing
        : this.#tokenOfLevel[c]![levelOf(this.#task.quantisers[c]!, value)]!,
    );
  }

  finish(): number[] {
    return [...this.#mark];
  }

  text(rows: readonly Row[]): string {
    const { spec, quantisers, missingText } = this.#task;
    const numbers = rows.flatMap((row) =>
      Array.from(row, (value, c) => {
        const quantiser = quantisers[c]!;
        return Number.isNaN(value) ? missingText : ` ${quantiser.firstNumber + levelOf(quantiser, value)}`;
      }),
    );
    return spec.instruction + numbers.join('') + RESPONSE_MARK;
  }
}

function oneToken(tokenizer: Tokenizer, text: string): number {
  const tokens = tokenizer.encode(text);
  if (tokens.length !== 1) {
    throw new TinyError(
      `the tokenizer splits "${text}" into ${tokens.length} tokens; the stream template needs one`,
      'use fewer levels (GPT-2 has one token for each of 0 to 361), or train a small vocabulary with these numbers',
    );
  }
  return tokens[0]!;
}
