/**
 * GPT-2's split pattern: contractions, words, numbers and runs of other characters, each with at most one leading
 * space, then runs of white space. No merge ever crosses the border of such a pre-token.
 *
 * White space is Unicode's `White_Space`, as in Hugging Face's and llama.cpp's tokenizers. JavaScript's `\s` would
 * differ in two characters: it has U+FEFF (byte order mark) and lacks U+0085 (next line).
 */
const SPLIT_PATTERN =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Cuts a text into pre-tokens; joined, they are the text again. */
export const pretokens = (text: string): readonly string[] => text.match(SPLIT_PATTERN) ?? [];

/**
 * The same string in memory of its own. V8 makes a long match a view that keeps the whole text alive,
 * so whoever stores a pre-token for longer than its text stores this.
 */
export const detached = (pretoken: string): string => Buffer.from(pretoken, 'utf16le').toString('utf16le');
