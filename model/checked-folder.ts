import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../protocols/errors.ts';
import { checkShape } from './shape.ts';

/*
 * Folders that are read whole or refused whole: a manifest gives the checksum of every other file, and its digest vouches for
 * itself.
 */

export const MANIFEST = 'manifest.json';
export const TOKENIZER = 'tokenizer.json';

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** The part of every such manifest. */
export const checksums = {
  /** SHA-256 of every file of the folder but this one. */
  files: z.record(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/), sha256Hex),
  /** `manifestDigest` of everything above. */
  digest: sha256Hex,
};

export const gptShape = z
  .strictObject({ layers: z.int(), width: z.int(), heads: z.int(), context: z.int(), vocab: z.int() })
  .superRefine((shape, refinement) => {
    try {
      checkShape(shape);
    } catch (error) {
      refinement.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

export const fetchAnew = 'copy the bundle anew, or train it again with `tinyllm train`';

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/**
 * The manifest of a folder, whose digest fits; its hash stands for the exact folder. Throws `TinyError`.
 *
 * @param format what `schema` reads, for people
 */
export async function readManifest<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
  format: string,
): Promise<{ readonly parsed: z.infer<Schema>; readonly hash: string }> {
  const bytes = await manifestBytes(folder);
  const parsed = parse(join(folder, MANIFEST), schema, bytes, format);
  checkDigest(folder, bytes);
  return { parsed, hash: sha256(bytes) };
}

/** Throws `TinyError` where a file is damaged or missing, or one that must be there has no checksum. */
export async function checkFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  required: readonly string[],
): Promise<void> {
  for (const name of required) {
    if (!Object.hasOwn(files, name)) {
      throw new TinyError(`${join(folder, MANIFEST)} gives no checksum for ${name}`, fetchAnew);
    }
  }
  for (const [name, expected] of Object.entries(files)) {
    if ((await fileSha256(folder, name)) !== expected) {
      throw new TinyError(
        `${join(folder, name)} is damaged: its checksum does not match the manifest`,
        fetchAnew,
      );
    }
  }
}

const READ_BYTES = 1 << 16;

/** Of a file as large as it may be, which is never in memory as a whole. */
async function fileSha256(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const hash = createHash('sha256');
  try {
    const file = await open(path);
    try {
      // One buffer for all of it: a hundred that are thrown away stay with the allocator.
      const buffer = new Uint8Array(READ_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return hash.digest('hex');
}

/** The manifest vouches for the other files, and this for the manifest: SHA-256 of its JSON without `digest`. */
export const manifestDigest = ({ digest: _, ...rest }: Readonly<Record<string, unknown>>): string =>
  sha256(JSON.stringify(rest));

function checkDigest(folder: string, manifestBytes: Uint8Array): void {
  const json = JSON.parse(new TextDecoder().decode(manifestBytes)) as Record<string, unknown>;
  if (json.digest === manifestDigest(json)) return;
  throw new TinyError(`${join(folder, MANIFEST)} is damaged: its digest does not match`, fetchAnew);
}

async function manifestBytes(folder: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, MANIFEST));
  } catch (cause) {
    if (!isMissing(cause)) throw unreadable(join(folder, MANIFEST), cause);
    throw new TinyError(
      `there is no bundle at ${folder}: ${MANIFEST} is missing`,
      `give the folder that holds ${MANIFEST}`,
      { cause },
    );
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

export const unreadable = (path: string, cause: unknown): TinyError =>
  new TinyError(
    isMissing(cause) ? `${path} is missing` : `${path} cannot be read: ${(cause as Error).message}`,
    fetchAnew,
    { cause },
  );

/** JSON of that form. */
export function parse<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  bytes: Uint8Array,
  format: string,
): z.infer<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TinyError(`${path} is not JSON`, fetchAnew, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: keys, message } = parsed.error.issues[0]!;
  const where = keys.length > 0 ? `${keys.join('.')}: ` : '';
  throw new TinyError(`${path}: ${where}${message}`, `this version reads "${format}"; ${fetchAnew}`);
}
