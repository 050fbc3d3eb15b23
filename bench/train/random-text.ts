import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { RandomStream } from '../../model/random.ts';

/** Share of words that the tokenizer does not know as one: two of those it knows, joined. */
const UNKNOWN = 0.03;
const SENTENCE_WORDS = 15;
const PARAGRAPH_SENTENCES = 5;
const DOCUMENT_PARAGRAPHS = 32;
const CHUNK_BYTES = 1 << 20;

/**
 * Writes about so many bytes of documents that are no more like one another than chance makes them: words that GPT-2's
 * tokenizer knows, as often as Zipf's law has it (it knows the frequent ones first), and words that it does not.
 */
export async function writeRandomText(path: string, bytes: number): Promise<void> {
  const random = RandomStream.seeded(1);
  const words = gpt2Tokenizer().vocabulary.tokens.flatMap((token) => /^Ġ([a-z]+)$/.exec(token)?.[1] ?? []);
  const file = createWriteStream(path);
  let chunk = '';
  for (let written = 0; written < bytes; ) {
    chunk += `${document(words, random)}\n<|endoftext|>\n`;
    if (chunk.length < CHUNK_BYTES) continue;
    written += chunk.length;
    if (!file.write(chunk)) await once(file, 'drain');
    chunk = '';
  }
  file.end(chunk);
  await once(file, 'finish');
}

function document(words: readonly string[], random: RandomStream): string {
  // A uniform logarithm of the rank.
  const known = (): string => words[Math.floor(words.length ** random.uniform()) - 1]!;
  const word = (): string => (random.uniform() < UNKNOWN ? known() + known() : known());
  const sentence = (): string => {
    const length = 1 + random.integer(2 * SENTENCE_WORDS);
    const text = Array.from({ length }, word).join(' ');
    return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
  };
  const paragraph = (): string => Array.from({ length: PARAGRAPH_SENTENCES }, sentence).join(' ');
  return Array.from({ length: DOCUMENT_PARAGRAPHS }, paragraph).join('\n');
}
