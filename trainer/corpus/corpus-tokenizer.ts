import { join } from 'node:path';
import { trainBpe } from '../../model/bpe-trainer.ts';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { loadTokenizer, saveTokenizer } from '../../model/tokenizer-json.ts';
import { type Run, stage } from '../stage.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { documentsOf } from './documents.ts';
import type { Piece } from './pieces.ts';

export const TOKENIZER_FILE = 'tokenizer.json';

/**
 * The tokenizer of a corpus: GPT-2's, or one trained on its first part: of every source as many bytes, from its first
 * pieces. A stage of its own, so that it is trained once.
 */
export async function corpusTokenizer(
  recipe: LoadedCorpusRecipe,
  pieces: readonly Piece[],
  sourceHashes: readonly string[],
  run: Run,
): Promise<BpeTokenizer> {
  const { tokenizer, sources } = recipe.corpus;
  if (tokenizer === 'gpt2') return gpt2Tokenizer();
  const inputs = { tokenizer, sources, sourceHashes };
  const folder = await stage(run, 'tokenizer', inputs, async (partial) => {
    const sample: string[] = [];
    for (const [number, source] of sources.entries()) {
      let left = (tokenizer.sampleMb * 1e6) / sources.length;
      for (const piece of pieces.filter((one) => one.source === number)) {
        if (left <= 0) break;
        for await (const document of documentsOf(source, piece)) {
          run.signal.throwIfAborted();
          if ('problem' in document) continue; // counted or refused when it is prepared
          sample.push(document.text.toString());
          left -= document.text.length;
          if (left <= 0) break;
        }
      }
    }
    run.note(`tokenizer: learning ${tokenizer.vocabulary} tokens from ${sample.length} documents`);
    const wholeWords = Array.from({ length: tokenizer.numbers }, (_, number) => ` ${number}`);
    const trained = trainBpe(sample, { vocabSize: tokenizer.vocabulary, wholeWords });
    await saveTokenizer(trained, join(partial, TOKENIZER_FILE));
  });
  return loadTokenizer(join(folder, TOKENIZER_FILE));
}
