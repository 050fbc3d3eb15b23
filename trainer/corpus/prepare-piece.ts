import { ByteEncoder } from '../../model/byte-encoder.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import type { CorpusRecipe, CorpusSource } from './corpus-recipe.ts';
import { isInShare, sha256Of } from './document-record.ts';
import { documentsOf, type ReadableDocument, unreadable } from './documents.ts';
import { filteredBy } from './filters.ts';
import { BandKeys } from './near-duplicates.ts';
import { type PieceSummary, pieceFiles } from './piece-files.ts';
import { PieceWriter } from './piece-writer.ts';
import type { Piece } from './pieces.ts';
import type { WordRuns } from './word-runs.ts';
import { WordReader } from './words.ts';

export interface PieceProgress {
  readonly sourceBytes: number;
  readonly tokens: number;
}

/** Tells of progress after so many bytes of a source. */
const TELL_EVERY_BYTES = 1 << 20;

/** Reads, judges and encodes pieces, one after the other; what it remembers between two of them only makes it faster. */
export class PiecePreparer {
  readonly #recipe: CorpusRecipe;
  readonly #endOfText: number;
  readonly #unwanted: WordRuns | undefined;
  readonly #encoder: ByteEncoder;
  readonly #words = new WordReader();
  readonly #bands = new BandKeys();

  /** @param unwanted what no document may hold a run of */
  constructor(recipe: CorpusRecipe, tokenizer: BpeTokenizer, unwanted?: WordRuns) {
    this.#recipe = recipe;
    this.#unwanted = unwanted;
    this.#endOfText = tokenizer.endOfText;
    this.#encoder = new ByteEncoder(tokenizer);
  }

  /** Writes the files of a piece below `folder`; its summary last, by which it counts as done. */
  async prepare(piece: Piece, folder: string, tell: (progress: PieceProgress) => void): Promise<void> {
    const source = this.#recipe.sources[piece.source]!;
    const writer = await PieceWriter.open(pieceFiles(folder, piece.index));
    const summary: PieceSummary = { documents: 0, bytes: 0, tokens: 0, kept: 0, removed: {} };
    const progress = new ProgressOfPiece(piece.bytes, tell);
    try {
      for await (const document of documentsOf(source, piece)) {
        summary.documents++;
        let reason: string | undefined;
        let tokens = 0;
        if ('problem' in document) {
          if (this.#recipe.unreadable === 'refuse') throw await unreadable(source, piece, document);
          reason = document.problem;
        } else {
          summary.bytes += document.text.length;
          reason = this.#removal(document, source);
          if (reason === undefined) tokens = await this.#add(writer, document);
        }
        summary.tokens += tokens;
        if (reason === undefined) summary.kept++;
        else summary.removed[reason] = (summary.removed[reason] ?? 0) + 1;
        progress.add(document.sourceBytes, tokens);
      }
    } catch (error) {
      await writer.close();
      throw error;
    }
    await writer.finish(summary);
    progress.end();
  }

  /** Why a document is left out. Reads its words, which `#add` needs too. */
  #removal({ text }: ReadableDocument, { filters }: CorpusSource): string | undefined {
    this.#words.read(text);
    if (this.#words.visible === 0) return 'empty';
    if (this.#unwanted?.overlaps(this.#words)) return 'contains an evaluation row';
    return filteredBy(filters, text, this.#words);
  }

  #add(writer: PieceWriter, { text, group }: ReadableDocument): Promise<number> {
    const key = sha256Of(text);
    const owner = group === undefined ? key : sha256Of(group);
    return writer.add(this.#encoder, this.#endOfText, text, {
      isValidation: isInShare(owner, this.#recipe.validation),
      key,
      bands: this.#bands.of(this.#words) ? this.#bands.keys : undefined,
    });
  }
}

/** Tells of progress now and then; at the end of what could not be told before, such as of a compressed file. */
class ProgressOfPiece {
  readonly #tell: (progress: PieceProgress) => void;
  #bytesLeft: number;
  #sourceBytes = 0;
  #tokens = 0;

  constructor(bytes: number, tell: (progress: PieceProgress) => void) {
    this.#bytesLeft = bytes;
    this.#tell = tell;
  }

  add(sourceBytes: number, tokens: number): void {
    this.#sourceBytes += sourceBytes;
    this.#tokens += tokens;
    if (this.#sourceBytes >= TELL_EVERY_BYTES) this.#say();
  }

  end(): void {
    this.#sourceBytes = this.#bytesLeft;
    this.#say();
  }

  #say(): void {
    this.#tell({ sourceBytes: this.#sourceBytes, tokens: this.#tokens });
    this.#bytesLeft -= this.#sourceBytes;
    this.#sourceBytes = 0;
    this.#tokens = 0;
  }
}
