import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BUNDLE_FORMAT,
  type BundleManifest,
  GOLDEN,
  type GoldenExample,
  MANIFEST,
  sha256,
  TOKENIZER,
} from './bundle.ts';
import type { BpeTokenizer } from './tokenizer.ts';
import { formatTokenizerJson } from './tokenizer-json.ts';

export interface BundleParts {
  readonly manifest: Omit<BundleManifest, 'format' | 'files'>;
  readonly tokenizer: BpeTokenizer;
  readonly golden: readonly GoldenExample[];
  /** The model card, Markdown. */
  readonly card: string;
  /** The file of every variant, by its name. */
  readonly models: ReadonlyMap<string, Uint8Array>;
}

/** Write a bundle beside `folder`, then put it in its place: a half-written bundle is never seen. */
export async function writeBundle(folder: string, parts: BundleParts): Promise<void> {
  const files = new Map<string, Uint8Array | string>([
    ...parts.models,
    [TOKENIZER, formatTokenizerJson(parts.tokenizer)],
    [GOLDEN, `${JSON.stringify(parts.golden)}\n`],
    ['card.md', parts.card],
  ]);
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    ...parts.manifest,
    files: Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)])),
  };
  const temporary = `${folder}.partial`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes);
  await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
}
