import type { ReadyCorpus } from '../corpus/ready-corpus.ts';
import { openTokens } from '../corpus/shards.ts';
import { type HeldOutText, heldOutText } from './held-out-text.ts';

export const BYTES_PER_KB = 1000;

/** Text of a corpus's validation split, from its beginning; `mostBytes` as `heldOutText` takes them. */
export async function validationText(corpus: ReadyCorpus, mostBytes: number): Promise<HeldOutText> {
  const { folder, tokenizer } = corpus;
  const split = await openTokens(folder, 'val', { checkHashes: false });
  try {
    // As many tokens as bytes: several times as much text, whose long documents then give way to more of the others.
    const tokens = await split.read(0, Math.min(split.length, Math.ceil(mostBytes)));
    const documents: string[] = [];
    for (let from = 0; from < tokens.length; ) {
      const mark = tokens.indexOf(tokenizer.endOfText, from);
      const to = mark < 0 ? tokens.length : mark;
      documents.push(tokenizer.decode([...tokens.subarray(from, to)]).trim());
      from = to + 1;
    }
    return heldOutText('validation split', documents, mostBytes);
  } finally {
    await split.close();
  }
}
