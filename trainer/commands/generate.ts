import { createInterface } from 'node:readline';
import type { Command } from '../../commandline/command.ts';
import {
  type FlagValues,
  integer,
  number,
  orElse,
  parseFlags,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { palette } from '../../commandline/terminal.ts';
import { compilePattern } from '../../model/grammar/compile-pattern.ts';
import { oneOf } from '../../model/grammar/pattern.ts';
import { tokenTrie } from '../../model/grammar/token-trie.ts';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { TinyError, usageError } from '../../protocols/errors.ts';
import { type CompletionTimes, complete } from '../completion.ts';
import { openTextModel, type TextModel } from '../text-model.ts';

const FLAGS = {
  bundle: required(text('DIR, such as models/gesture')),
  prompt: text('TEXT'),
  lines: toggle(),
  grammar: text('PATTERN, such as "[0-9]{1,3}"'),
  choices: text('A,B,.., such as up,down'),
  maxTokens: orElse(integer({ min: 1 }), 64),
  temperature: orElse(number({ min: 0 }), 0),
  topK: integer({ min: 1 }),
  topP: number({ min: 0, max: 1 }),
  seed: orElse(integer({ min: 0 }), 1),
  variant: text(),
  json: toggle(),
};
type Flags = FlagValues<typeof FLAGS>;

/** Keys and values of prompts that a session keeps, to go on from: a dozen full contexts of the 30M preset. */
const PREFIX_BYTES = 256e6;

export const command: Command = {
  name: 'generate',
  summary: 'Continue a prompt with the model of a bundle',
  usage: `
Usage: tinyllm generate --bundle DIR --prompt TEXT [flags]
       tinyllm generate --bundle DIR [--lines] [flags]

  --bundle DIR       the model: a bundle, or what \`tinyllm pretrain\` or \`tinyllm import\` left
  --prompt TEXT      what to continue
  --lines            continue each line of standard input, one after the other; what a line has in common with
                     the beginning of one before it is not read again. On a terminal, the default without --prompt
  --grammar PATTERN  the whole text matches this regular expression (docs/generate.md)
  --choices A,B,..   the text is one of these, as they stand between the commas
  --max-tokens N     stop after so many tokens (default 64); end of text stops it before
  --temperature T    0 takes the most probable token each time (default 0)
  --top-k N          draw only from the N most probable tokens
  --top-p P          draw only from the most probable tokens that together reach P
  --seed N           of the draws (default 1)
  --variant V        a variant of the bundle (default: its first)
  --json             print {"prompt", "completion", "tokens"} at the end, for each line of --lines

A line that cannot be continued, as one longer than the context, is told; the session goes on and exits with 1.

A sensing model has learnt whole windows and nothing else. What models/gesture can continue is "Which hand gesture?"
and 25 steps of four numbers each; after fewer it says a label too, which then means nothing.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, FLAGS);
    const isSession = asksForSession(flags);
    const pattern = patternOf(flags);
    if (pattern !== undefined) compilePattern(pattern); // refused here, before a model is loaded
    const model = await openTextModel(flags.bundle);
    const generation = {
      ...(pattern === undefined ? {} : { tokens: tokenTrie(model.tokenizer) }),
      ...(isSession ? { prefixBytes: PREFIX_BYTES } : {}),
    };
    const isAllWritten = await model.use({ variant: flags.variant, threads: 1, generation }, (runtime) =>
      untilInterrupted(async (signal) => {
        const write = (prompt: string) => writeOne(runtime, model, flags, { prompt, pattern, signal });
        if (isSession) return await writeEach(write, flags, signal);
        await write(flags.prompt!);
        return true;
      }),
    );
    return isAllWritten ? 0 : 1;
  },
};

/** Whether prompts come line by line. */
function asksForSession({ prompt, lines }: Flags): boolean {
  if (lines && prompt !== undefined)
    throw usageError('--prompt and --lines exclude each other', 'give one of them');
  if (prompt === '') throw usageError('the prompt is empty', 'give at least one character to --prompt');
  const isSession = lines || (prompt === undefined && process.stdin.isTTY);
  if (prompt !== undefined || isSession) return isSession;
  throw usageError(
    '--prompt is missing',
    'add --prompt TEXT, or --lines to read prompts from standard input',
  );
}

function patternOf({ grammar, choices }: Flags): string | undefined {
  if (choices === undefined) return grammar;
  if (grammar !== undefined) {
    throw usageError(
      '--grammar and --choices exclude each other',
      'write the choices as a pattern: "(up|down)"',
    );
  }
  const texts = choices.split(',');
  if (texts.includes(''))
    throw usageError('--choices has an empty choice', 'write a text between any two commas');
  return oneOf(texts);
}

async function writeOne(
  runtime: ModelRuntime,
  { tokenizer }: TextModel,
  { json, maxTokens, temperature, topK, topP, seed }: Flags,
  { prompt, pattern, signal }: { prompt: string; pattern: string | undefined; signal: AbortSignal },
): Promise<void> {
  const { firstTokenMs, restMs, ...completion } = await complete(runtime, tokenizer, {
    prompt,
    options: {
      maxTokens,
      temperature,
      ...(topK === undefined ? {} : { topK }),
      ...(topP === undefined ? {} : { topP }),
      seed,
      ...(pattern === undefined ? {} : { pattern }),
    },
    show: (piece) => json || process.stdout.write(piece),
    signal,
  });
  process.stdout.write(json ? `${JSON.stringify(completion)}\n` : '\n');
  if (process.stderr.isTTY) tellTimes(completion.tokens.length, { firstTokenMs, restMs });
}

/**
 * One line of standard input after the other, until its end or an interruption. Empty lines are passed over; of a line that
 * cannot be continued it is told why, and the session goes on.
 *
 * @returns whether all lines could be continued
 */
async function writeEach(
  write: (prompt: string) => Promise<void>,
  { json }: Flags,
  signal: AbortSignal,
): Promise<boolean> {
  let isAllWritten = true;
  let line = 0;
  const lines = createInterface({ input: process.stdin });
  signal.addEventListener('abort', () => lines.close());
  const ask = (): unknown => process.stdin.isTTY && process.stderr.write('> ');
  ask();
  for await (const prompt of lines) {
    line++;
    try {
      if (prompt !== '') await write(prompt);
    } catch (error) {
      if (!(error instanceof TinyError)) throw error;
      isAllWritten = false;
      if (json) process.stdout.write(`${JSON.stringify({ prompt, error: error.message })}\n`);
      else tellRefusal(line, error);
    }
    if (signal.aborted) break;
    ask();
  }
  return isAllWritten;
}

function tellRefusal(line: number, { message, hint }: TinyError): void {
  const { red, dim } = palette(process.stderr);
  process.stderr.write(`${red('error:')} line ${line}: ${message}\n${dim('hint:')} ${hint}\n`);
}

/** A rate of fewer tokens would be one of messages between threads. */
const MIN_TOKENS_FOR_RATE = 10;

function tellTimes(tokens: number, { firstTokenMs, restMs }: CompletionTimes): void {
  const rate =
    tokens >= MIN_TOKENS_FOR_RATE ? `, then ${(((tokens - 1) / restMs) * 1000).toFixed(0)} tokens/s` : '';
  const { dim } = palette(process.stderr);
  const times = `${tokens} tokens; the first after ${firstTokenMs.toFixed(0)} ms${rate}`;
  process.stderr.write(`${dim(times)}\n`);
}
