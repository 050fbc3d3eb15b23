import type { FittedTask } from './task.ts';
import type { Row } from './window.ts';

/** What a prompt needs of a tokenizer. Implemented in model/. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly endOfText: number;
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
}

/** What is asked for: a label, or one number. */
export interface Question {
  readonly name: string;
  /** What is written before its answers; nothing where the task asks only this. */
  readonly tokens: readonly number[];
}

/** How one answer is written after the prompt. */
export interface Completion {
  /** Absent where the task asks for a label only. */
  readonly question?: Question;
  /** The label, or the digits of a number. */
  readonly label: string;
  /** The number that the digits stand for; absent for a label. */
  readonly value?: number;
  /** The tokens of label or digits and, last, end-of-text. */
  readonly tokens: readonly number[];
}

/** How long the windows of a task are. */
export interface WindowLength {
  readonly tokens: number;
  /** Of these, so many come with the last row: its own, and what is written after it. */
  readonly withLastRow: number;
}

/** Window rows -> tokens. One instance serves every board: what changes is in the `PromptStream`. */
export interface PromptWriter {
  /** The same tokens before every window: their keys and values are computed once. */
  readonly prefix: readonly number[];
  readonly completions: readonly Completion[];
  /** Absent where it depends on the values, or where nothing is written before the last row. */
  readonly windowLength?: WindowLength;
  begin(): PromptStream;
  /** The whole prompt as a person reads it; encoding it gives the same tokens (tested). */
  text(rows: readonly Row[]): string;
}

/** The prompt of one window, written while its rows arrive. */
export interface PromptStream {
  /** The tokens that this row settles. */
  push(row: Row): number[];
  /** What remains, response mark included. */
  finish(): number[];
}

/** In the stream template a label follows a mark and so begins with a space, as a word does. */
export const labelText = ({ template }: Pick<FittedTask, 'template'>, label: string): string =>
  template === 'stream' ? ` ${label}` : label;

/** The prompt tokens of a whole window, after the constant prefix. */
export function promptTokens(writer: PromptWriter, rows: readonly Row[]): number[] {
  const stream = writer.begin();
  const tokens = rows.flatMap((row) => stream.push(row));
  tokens.push(...stream.finish());
  return tokens;
}
