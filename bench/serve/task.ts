import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { pruneTokenizer } from '../../model/prune-tokenizer.ts';
import { RandomStream } from '../../model/random.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { RESPONSE_MARK } from '../../protocols/stream-prompt.ts';
import { type FittedTask, fittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { Row } from '../../protocols/window.ts';

/** Three channels at 60 Hz are 180 tokens a second of each board. */
const RATE_HZ = 60;
export const WINDOW_ROWS = 85;
/** With the response mark. */
export const WINDOW_TOKENS = 256;
export const CHANNELS = ['accel.x', 'accel.y', 'accel.z'] as const;
/** The mark comes with them. */
export const LAST_ROW_TOKENS = CHANNELS.length + 1;
const LEVELS = 60;
const FIRST_TOKENS = 762;
const RANGE_G = 4;

/** What a board sends between one window's start and the next one's: windows do not overlap. */
export const WINDOW_MS = Math.round((1000 * WINDOW_ROWS) / RATE_HZ);
export const ROW_MS = 1000 / RATE_HZ;

/** Which every prompt begins with. */
export const PREFIX_TOKENS = 60;
const INSTRUCTION =
  'A watch on the wrist of a person measures the acceleration along three axes, sixty times a second. Each number is one ' +
  'sample of one axis: x from 0 to 59, y from 60 to 119, z from 120 to 179, each half a second old at most. Which activity is it?';

/** Of one token or two. Every second one begins with the same token as two others, so that its first does not tell it. */
export const LABELS = [
  'walking',
  'sitting',
  'walking upstairs',
  'standing',
  'walking downstairs',
  'lying down',
] as const;

/** What all models of the bench are asked: one window of 256 tokens, one of six labels. */
export const TASK: FittedTask = fittedTask.parse({
  spec: {
    name: 'serve-bench',
    instruction: INSTRUCTION,
    input: {
      kind: 'rate',
      rateHz: RATE_HZ,
      maxGapMs: 500,
      channels: CHANNELS.map((channel) => ({ channel })),
    },
    window: { rows: WINDOW_ROWS, hopMs: WINDOW_MS },
    answers: { kind: 'labels', labels: LABELS },
  },
  template: 'stream',
  quantisers: CHANNELS.map((channel, c) => ({ channel, firstNumber: c * LEVELS, edges: evenEdges() })),
  missingText: ' ?',
  unknownThreshold: 0,
  classPrior: Object.fromEntries(LABELS.map((label) => [label, 1 / LABELS.length])),
});

function evenEdges(): number[] {
  return Array.from({ length: LEVELS - 1 }, (_, i) => RANGE_G * ((2 * (i + 1)) / LEVELS - 1));
}

/**
 * GPT-2's tokenizer with about a thousand rows, as a sensing model keeps: those of the task, and the first ones, which make
 * up the rest.
 */
export function taskTokenizer(): BpeTokenizer {
  made ??= makeTokenizer();
  return made;
}

let made: BpeTokenizer | undefined;

function makeTokenizer(): BpeTokenizer {
  const whole = gpt2Tokenizer();
  const { prefix, completions } = promptWriter(TASK, whole);
  const numbers = Array.from({ length: CHANNELS.length * LEVELS }, (_, n) => ` ${n}`);
  return pruneTokenizer(whole, [
    ...Array(FIRST_TOKENS).keys(),
    ...prefix,
    ...completions.flatMap(({ tokens }) => tokens),
    ...[RESPONSE_MARK, TASK.missingText, ...numbers].flatMap((text) => whole.encode(text)),
  ]).tokenizer;
}

/** Different windows, answered in turn. */
export const WINDOWS = 12;

/** Rows as a board might send them: each window another. */
export function randomRows(window: number): Row[] {
  const random = RandomStream.seeded(1).fork('serve-bench', window);
  return Array.from({ length: WINDOW_ROWS }, () =>
    Float64Array.from(CHANNELS, () => (RANGE_G / 2) * random.normal()),
  );
}
