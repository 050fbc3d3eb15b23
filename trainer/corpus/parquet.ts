import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { TinyError } from '../../protocols/errors.ts';

/** Snappy is read by hyparquet itself. */
const compressors = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliDecompressSync(bytes)),
};

/** Some rows of a Parquet file that lie together. */
export interface RowGroup {
  readonly start: number;
  readonly end: number;
  /** On disk, of all columns. */
  readonly bytes: number;
}

const unreadableFile = (path: string, cause: unknown): TinyError =>
  new TinyError(
    `${path} cannot be read as Parquet: ${(cause as Error).message}`,
    'download it again; columns may be uncompressed, or packed by Snappy, GZIP or Brotli',
    { cause },
  );

/** Throws `TinyError` for a file that is no Parquet or has none of the columns. */
export async function rowGroups(path: string, columns: readonly string[]): Promise<RowGroup[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw unreadableFile(path, cause);
  });
  const known = metadata.schema.slice(1).map(({ name }) => name);
  const missing = columns.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw new TinyError(`${path} has no column "${missing}"`, `its columns are ${known.join(', ')}`);
  }
  let start = 0;
  return metadata.row_groups.map(({ num_rows, total_byte_size }) => {
    const group = { start, end: start + Number(num_rows), bytes: Number(total_byte_size) };
    start = group.end;
    return group;
  });
}

/** Rows [start, end), the given columns of them. Memory holds all of them. */
export async function readRows(
  path: string,
  columns: readonly string[],
  { start, end }: Pick<RowGroup, 'start' | 'end'>,
): Promise<Record<string, unknown>[]> {
  const file = await asyncBufferFromFile(path);
  return parquetReadObjects({ file, columns: [...columns], rowStart: start, rowEnd: end, compressors }).catch(
    (cause: unknown) => {
      throw unreadableFile(path, cause);
    },
  );
}
