import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  BUNDLE_FORMAT,
  type BundleManifest,
  GOLDEN,
  type GoldenExample,
  MANIFEST,
  manifestDigest,
  sha256,
  TOKENIZER,
} from './bundle.ts';
import { BASE_FORMAT, type SharedBaseManifest } from './shared-base.ts';
import type { BpeTokenizer } from './tokenizer.ts';
import { formatTokenizerJson } from './tokenizer-json.ts';

export interface BundleParts {
  readonly manifest: Omit<BundleManifest, 'format' | 'files' | 'digest'>;
  readonly tokenizer: BpeTokenizer;
  readonly golden: readonly GoldenExample[];
  /** The model card, Markdown. */
  readonly card: string;
  /** The file of every variant, by its name. */
  readonly models: ReadonlyMap<string, Uint8Array>;
}

/**
 * Write a bundle beside `folder`, then put it in its place: a half-written bundle is never seen, and what was
 * there before stays until the new one is whole.
 */
export async function writeBundle(folder: string, parts: BundleParts): Promise<void> {
  const files = new Map<string, Uint8Array | string>([
    ...parts.models,
    [TOKENIZER, formatTokenizerJson(parts.tokenizer)],
    [GOLDEN, `${JSON.stringify(parts.golden)}\n`],
    ['card.md', parts.card],
  ]);
  await writeFolder(folder, { format: BUNDLE_FORMAT, ...parts.manifest }, files);
}

/** Weights without a task (shared-base.ts), written likewise. `contents` are its files by name, but for the tokenizer. */
export async function writeSharedBase(
  folder: string,
  content: Omit<SharedBaseManifest, 'format' | 'files' | 'digest'>,
  tokenizer: BpeTokenizer,
  contents: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  const files = new Map([...contents, [TOKENIZER, formatTokenizerJson(tokenizer)]]);
  await writeFolder(folder, { format: BASE_FORMAT, ...content }, files);
}

async function writeFolder(
  folder: string,
  about: object,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  const content = {
    ...about,
    files: Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)])),
  };
  const manifest = { ...content, digest: manifestDigest(content) };
  const place = resolve(folder); // without a slash at its end, which would put the new one into the old one
  const partial = `${place}.partial`;
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true });
    for (const [name, bytes] of files) await writeFile(join(partial, name), bytes);
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    await replaceFolder(place, partial);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** A folder with content cannot be renamed over: the old one steps aside first, and comes back if that fails. */
async function replaceFolder(place: string, replacement: string): Promise<void> {
  const aside = `${place}.replaced`;
  await rm(aside, { recursive: true, force: true });
  const hadOne = await rename(place, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(replacement, place);
  } catch (error) {
    if (hadOne) await rename(aside, place);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}
