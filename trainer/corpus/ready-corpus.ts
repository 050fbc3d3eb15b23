import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../model/bundle.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { loadTokenizer } from '../../model/tokenizer-json.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { ValidationText } from '../engines/pretrain-job.ts';
import { TOKENIZER_FILE } from './corpus-tokenizer.ts';
import { type CorpusManifest, manifestPath, readManifest } from './manifest.ts';
import { openTokens } from './shards.ts';

/** A corpus that was prepared, here or elsewhere. */
export class ReadyCorpus {
  readonly folder: string;
  readonly tokenizer: BpeTokenizer;
  /** SHA-256 of its manifest, which holds those of the shards. */
  readonly hash: string;
  /** From which it was prepared. */
  readonly recipe: CorpusManifest['recipe'];

  private constructor(
    folder: string,
    tokenizer: BpeTokenizer,
    hash: string,
    recipe: CorpusManifest['recipe'],
  ) {
    this.folder = folder;
    this.tokenizer = tokenizer;
    this.hash = hash;
    this.recipe = recipe;
  }

  /** Throws `TinyError` for a folder that is no prepared corpus, or not whole. */
  static async open(folder: string): Promise<ReadyCorpus> {
    const manifest = await readManifest(folder);
    const path = join(folder, TOKENIZER_FILE);
    const tokenizer = await loadTokenizer(path);
    if (tokenizer.hash !== manifest.tokenizer.sha256) {
      throw new TinyError(
        `${path} is not the tokenizer that the shards beside it were written with`,
        'copy the whole folder anew, or run `tinyllm prepare` again',
      );
    }
    return new ReadyCorpus(folder, tokenizer, sha256(await readFile(manifestPath(folder))), manifest.recipe);
  }

  /**
   * The first sequences of the validation split, as many as there are up to `sequences`.
   * Throws `TinyError` where there is not one.
   */
  async validationText(sequences: number, context: number): Promise<ValidationText> {
    const split = await openTokens(this.folder, 'val', { atLeast: context + 1, checkHashes: false });
    try {
      const there = Math.min(sequences, Math.floor((split.length - 1) / context));
      const lengths = this.#tokenLengths();
      let bytes = 0;
      for (const id of await split.read(1, there * context)) bytes += lengths[id]!;
      return { sequences: there, bytes };
    } finally {
      await split.close();
    }
  }

  /** (vocabulary) bytes of each token's text: characters of the byte alphabet. The mark between documents is no text. */
  #tokenLengths(): number[] {
    const { vocabulary, endOfText } = this.tokenizer;
    return vocabulary.tokens.map((token, id) => (id === endOfText ? 0 : [...token].length));
  }
}
