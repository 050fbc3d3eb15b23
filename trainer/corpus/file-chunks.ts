import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { damagedFile } from '../datasets/data-files.ts';

const CHUNK_BYTES = 1 << 20;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Whether a file is compressed, by its content. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && GZIP_MAGIC.every((byte, i) => buffer[i] === byte);
  } finally {
    await file.close();
  }
}

/**
 * The bytes of a file from `start` on, a chunk at a time. A compressed file is unpacked, and read from its beginning.
 * Throws `TinyError` for one that is cut short.
 */
export async function* fileChunks(path: string, start: number, gzip: boolean): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { start, highWaterMark: CHUNK_BYTES });
  if (!gzip) {
    yield* raw as AsyncIterable<Buffer>;
    return;
  }
  const unpacked = raw.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  raw.on('error', (error) => unpacked.destroy(error));
  try {
    yield* unpacked as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code?.startsWith('Z_') ? damagedFile(path, error) : error;
  } finally {
    raw.destroy();
  }
}
