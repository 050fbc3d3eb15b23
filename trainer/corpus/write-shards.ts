import { RandomStream } from '../../model/random.ts';
import { type DonePiece, recordBlocks } from './corpus-pieces.ts';
import type { LoadedCorpusRecipe } from './corpus-recipe.ts';
import { type OrderedDocument, shuffledDocuments } from './document-order.ts';
import { RECORD_BYTES, recordIsValidation, recordTokens } from './document-record.ts';
import type { DuplicateMarks } from './duplicate-marks.ts';
import { SPLITS_OF_CORPUS, type SplitManifest, type SplitOfCorpus, type TakenOfSource } from './manifest.ts';
import { nextSource, requireAll, tokensToTake } from './mix.ts';
import { ShardWriter } from './shard-writer.ts';

/** Documents and tokens of a source. */
interface Amount {
  documents: number;
  tokens: number;
}

/** What is left of a source, and why documents were left out: by filters, as unreadable, as duplicates. */
export interface SourceStock extends Record<SplitOfCorpus, Amount> {
  readonly removed: Record<string, number>;
}

/** Counts what is left of every source. */
export async function countStock(
  { corpus: { sources } }: LoadedCorpusRecipe,
  pieces: readonly DonePiece[],
  marks: DuplicateMarks,
): Promise<SourceStock[]> {
  const none = (): Amount => ({ documents: 0, tokens: 0 });
  const stock: SourceStock[] = sources.map(() => ({ train: none(), val: none(), removed: {} }));
  const remove = (source: number, reason: string, count: number): void => {
    const { removed } = stock[source]!;
    removed[reason] = (removed[reason] ?? 0) + count;
  };
  for (const { source, summary } of pieces) {
    for (const [reason, count] of Object.entries(summary.removed)) remove(source, reason, count);
  }
  for (const piece of pieces) {
    const amounts = stock[piece.source]!;
    for await (const { records, count, firstDocument } of recordBlocks(piece)) {
      for (let i = 0; i < count; i++) {
        const at = i * RECORD_BYTES;
        const reason = marks.reason(firstDocument + i);
        if (reason !== undefined) {
          remove(piece.source, reason, 1);
          continue;
        }
        const amount = amounts[recordIsValidation(records, at) ? 'val' : 'train'];
        amount.documents++;
        amount.tokens += recordTokens(records, at);
      }
    }
  }
  return stock;
}

/** A split without its shards' hashes, which are made when all are written. */
export type WrittenSplit = Omit<SplitManifest, 'shards'> & { shards: { file: string; tokens: number }[] };

export interface ShardPlan {
  readonly recipe: LoadedCorpusRecipe;
  readonly pieces: readonly DonePiece[];
  readonly marks: DuplicateMarks;
  readonly stock: readonly SourceStock[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Writes both splits, each mixed by the shares of the recipe: at every point of a shard the ratio is the one asked for. */
export async function writeShards(
  plan: ShardPlan,
  folder: string,
): Promise<Record<SplitOfCorpus, WrittenSplit>> {
  const splits: Partial<Record<SplitOfCorpus, WrittenSplit>> = {};
  for (const split of SPLITS_OF_CORPUS) splits[split] = await writeSplit(plan, split, folder);
  return splits as Record<SplitOfCorpus, WrittenSplit>;
}

async function writeSplit(plan: ShardPlan, split: SplitOfCorpus, folder: string): Promise<WrittenSplit> {
  const { sources, tokens: limit, repeat, shardTokens } = plan.recipe.corpus;
  const stock = plan.stock.map((of) => of[split]);
  const mixed = sources.map(({ name, share }, i) => ({ name, share, tokens: stock[i]!.tokens }));
  if (split === 'train') {
    requireAll(
      mixed,
      plan.stock.map(({ removed }) => removed),
    );
  }
  const targets = tokensToTake(mixed, { repeat, tokens: split === 'train' ? limit : undefined });
  const written = sources.map((): Amount => ({ documents: 0, tokens: 0 }));
  const documents = sources.map((_, source) => endlessly(plan, source, split));
  const writer = new ShardWriter(folder, split, shardTokens);
  try {
    for (;;) {
      const next = nextSource(
        written.map(({ tokens }) => tokens),
        targets,
      );
      if (next === undefined) break;
      plan.signal.throwIfAborted();
      const { value: document } = await documents[next]!.next();
      await writer.add(document!);
      written[next]!.documents++;
      written[next]!.tokens += document!.tokens;
    }
    const shards = await writer.finish();
    const total = shards.reduce((sum, { tokens }) => sum + tokens, 0);
    const askedInAll = mixed.reduce((sum, { share = 0 }) => sum + share, 0);
    const taken = mixed.map(({ name, share }, i): TakenOfSource => {
      const asked = share === undefined ? null : share / askedInAll;
      const reached = total === 0 ? 0 : written[i]!.tokens / total;
      return { source: name, available: stock[i]!, written: written[i]!, share: { asked, reached } };
    });
    const count = written.reduce((sum, { documents }) => sum + documents, 0);
    return { tokens: total, documents: count, shards, sources: taken };
  } finally {
    await writer.abandon();
    for (const one of documents) await one.return(undefined);
  }
}

/** A source's documents, again and again, each time in another order. Only for a source that has any. */
async function* endlessly(
  { pieces, marks, seed }: ShardPlan,
  source: number,
  split: SplitOfCorpus,
): AsyncGenerator<OrderedDocument, undefined> {
  const own = pieces.filter((piece) => piece.source === source);
  for (let epoch = 0; ; epoch++) {
    const random = RandomStream.seeded(seed).fork('corpus', split, source, epoch);
    yield* shuffledDocuments(own, split === 'val', marks, random);
  }
}
