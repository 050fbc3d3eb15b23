import { RandomStream } from '../../model/random.ts';
import { bitsPerByte } from '../engines/pretrain-job.ts';
import { argMax, type Interval, wilson95 } from '../metrics.ts';
import { CHANCE, type ClozeKind, type ClozeQuestion, clozeQuestions, clozeText } from './cloze.ts';
import type { HeldOutText } from './held-out-text.ts';
import { nextSentence } from './next-sentence.ts';
import { nextWord } from './next-word.ts';
import { sentenceOrder } from './sentence-order.ts';
import { type Reader, textNats } from './text-nats.ts';

/** The kinds of questions, by their names in reports. */
const KINDS = { nextWord, nextSentence, sentenceOrder } as const satisfies Record<string, ClozeKind>;
export type ClozeName = keyof typeof KINDS;
export const CLOZE_NAMES = Object.keys(KINDS) as ClozeName[];

/** How well a model knows the language of a text that it has not seen. */
export interface LanguageReport {
  readonly text: string;
  readonly documents: number;
  readonly bytes: number;
  readonly tokens: number;
  /** Comparable between tokenizers .. */
  readonly bitsPerByte: number;
  /** .. of a token: not. */
  readonly perplexity: number;
  readonly cloze: Readonly<Record<ClozeName, ClozeFigures>>;
}

/** Null: the text has no place where such a question can be asked. */
export interface ClozeFigures {
  readonly n: number;
  readonly accuracy: number | null;
  readonly ci95: Interval | null;
  readonly chance: number;
}

/** A text, and what is asked about it: the same for every model. */
export interface LanguageTask {
  readonly text: HeldOutText;
  readonly questions: Readonly<Record<ClozeName, readonly ClozeQuestion[]>>;
}

/** The questions of every report are drawn by this seed, whatever was trained by another. */
const SEED = 1;

/** @param questions of each kind, at most */
export function languageTask(text: HeldOutText, questions: number): LanguageTask {
  const asked = clozeText(text.documents);
  const random = RandomStream.seeded(SEED);
  const drawn = CLOZE_NAMES.map((name) => [
    name,
    clozeQuestions(KINDS[name], asked, questions, random.fork(name)),
  ]);
  return { text, questions: Object.fromEntries(drawn) };
}

export interface LanguageWatch {
  readonly signal: AbortSignal;
  /** Documents and questions that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Scores a text through the runtime that ships. */
export async function languageReport(
  reader: Reader,
  { text, questions }: LanguageTask,
  { signal, onProgress }: LanguageWatch,
): Promise<LanguageReport> {
  let done = 0;
  const total = CLOZE_NAMES.reduce((sum, name) => sum + questions[name].length, text.documents.length);
  const advance = (): void => onProgress?.(++done, total);
  let tokens = 0;
  let nats = 0;
  for (const document of text.documents) {
    const own = await textNats(reader, document, signal);
    tokens += own.tokens;
    nats += own.nats;
    advance();
  }
  const cloze: Partial<Record<ClozeName, ClozeFigures>> = {};
  for (const name of CLOZE_NAMES) {
    const answers: boolean[] = [];
    for (const question of questions[name]) {
      signal.throwIfAborted();
      answers.push(await answersRightly(reader, question));
      advance();
    }
    cloze[name] = figuresOf(answers);
  }
  return {
    text: text.name,
    documents: text.documents.length,
    bytes: text.bytes,
    tokens,
    bitsPerByte: bitsPerByte(nats, text.bytes),
    perplexity: Math.exp(nats / tokens),
    cloze: cloze as Record<ClozeName, ClozeFigures>,
  };
}

/**
 * Is the right choice the most probable one? By the mean log-probability of a byte, by which sentences of different length can be
 * compared; where all choices are equally long it is the order of their probabilities.
 */
async function answersRightly(
  { runtime, shape, tokenizer }: Reader,
  { context, choices, right }: ClozeQuestion,
): Promise<boolean> {
  // Of what is longer than the context, its beginning.
  const continuations = choices.map((choice) => tokenizer.encode(choice).slice(0, shape.context));
  const longest = Math.max(...continuations.map(({ length }) => length));
  const contextTokens = tokenizer.encode(context).slice(-(shape.context + 1 - longest));
  const likelihoods = await runtime.likelihoods(contextTokens, continuations);
  const scores = likelihoods.map(({ nats }, i) => -sum(nats) / tokenizer.bytesOf(continuations[i]!).length);
  return argMax(scores) === right;
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Few questions are about one document (`clozeQuestions`): they are counted as independent. */
function figuresOf(answers: readonly boolean[]): ClozeFigures {
  const n = answers.length;
  if (n === 0) return { n, accuracy: null, ci95: null, chance: CHANCE };
  const right = answers.filter(Boolean).length;
  return { n, accuracy: right / n, ci95: wilson95(right, n), chance: CHANCE };
}
