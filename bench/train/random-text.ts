import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { RandomStream } from '../../model/random.ts';

const ONSETS = 'b c ch d f g h j k l m n p pr qu r s sh st t th tr v w y'.split(' ');
const VOWELS = 'a e i o u ai ea ee io ou'.split(' ');
const CODAS = ['', '', '', 'n', 'r', 's', 't', 'l', 'nd', 'ng', 'rs', 'st'];
const WORDS = 50_000;
const SENTENCE_WORDS = 15;
const PARAGRAPH_SENTENCES = 5;
const DOCUMENT_PARAGRAPHS = 8;
const CHUNK_BYTES = 1 << 20;

/**
 * Writes about so many bytes of documents that read like a language nobody speaks: few of its words are frequent and most
 * are rare (Zipf's law), and no document is like another. Harder for a tokenizer than English, whose words it knows.
 */
export async function writeRandomText(path: string, bytes: number): Promise<void> {
  const random = RandomStream.seeded(1);
  const words = Array.from({ length: WORDS }, () => word(random));
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

function word(random: RandomStream): string {
  const syllables = 1 + random.integer(3);
  const part = (of: readonly string[]): string => of[random.integer(of.length)]!;
  return Array.from({ length: syllables }, () => part(ONSETS) + part(VOWELS) + part(CODAS)).join('');
}

/** By Zipf's law: a uniform logarithm of the rank. */
const drawn = (words: readonly string[], random: RandomStream): string =>
  words[Math.floor(words.length ** random.uniform()) - 1]!;

function document(words: readonly string[], random: RandomStream): string {
  const sentence = (): string => {
    const length = 1 + random.integer(2 * SENTENCE_WORDS);
    const text = Array.from({ length }, () => drawn(words, random)).join(' ');
    return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
  };
  const paragraph = (): string => Array.from({ length: PARAGRAPH_SENTENCES }, sentence).join(' ');
  return Array.from({ length: DOCUMENT_PARAGRAPHS }, paragraph).join('\n');
}
