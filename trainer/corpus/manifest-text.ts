import { columns } from '../../commandline/columns.ts';
import { type CorpusManifest, SPLITS_OF_CORPUS } from './manifest.ts';

/** What became of a corpus, for a person: a row for each source, the ratios reached, and what was left out. */
export function manifestText({ splits, sources }: CorpusManifest): string {
  const rows = [['source', 'MB', 'documents', 'train tokens', 'share', 'asked', 'validation tokens']];
  for (const [i, { name, bytes, documents }] of sources.entries()) {
    const [train, val] = SPLITS_OF_CORPUS.map((split) => splits[split].sources[i]!);
    const { asked, reached } = train!.share;
    rows.push([
      name,
      (bytes / 1e6).toFixed(1),
      String(documents),
      String(train!.written.tokens),
      percent(reached),
      asked === null ? '-' : percent(asked),
      String(val!.written.tokens),
    ]);
  }
  const removed = sources.flatMap(({ name, removed }) =>
    Object.entries(removed).map(([reason, count]) => `left out of ${name}: ${count} x ${reason}`),
  );
  return [columns(rows), ...removed].join('\n');
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
