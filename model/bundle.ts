import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../protocols/errors.ts';
import { fittedTask } from '../protocols/task.ts';
import type { Row } from '../protocols/window.ts';
import { checkShape } from './shape.ts';
import type { BpeTokenizer } from './tokenizer.ts';
import { loadTokenizer } from './tokenizer-json.ts';

/** A model bundle: one folder with all that a task needs at run time (docs/bundle-format.md). */
export interface Bundle {
  readonly folder: string;
  readonly manifest: BundleManifest;
  readonly tokenizer: BpeTokenizer;
  /** SHA-256 of manifest.json, which holds the hashes of all other files: stands for the exact bundle. */
  readonly hash: string;
}

export const BUNDLE_FORMAT = 'tinyllm-bundle/1';
export const MANIFEST = 'manifest.json';
export const GOLDEN = 'golden.json';
export const TOKENIZER = 'tokenizer.json';

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const share = z.number().min(0).max(1);

const variant = z.strictObject({
  /** `fp32`, .. */
  name: z.string(),
  /** The model file in the bundle. */
  file: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  fileBytes: z.int().positive(),
  /** On the test split, each distinct input once; null where there was none. */
  accuracy: share.nullable(),
  macroF1: share.nullable(),
  /** Window to answer on the machine that made the bundle; null where it was not measured. */
  latencyMs: z.strictObject({ p50: z.number(), p95: z.number() }).nullable(),
});

const manifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  name: z.string(),
  task: fittedTask,
  shape: z.strictObject({
    layers: z.int(),
    width: z.int(),
    heads: z.int(),
    context: z.int(),
    vocab: z.int(),
  }),
  tokenizer: z.strictObject({ vocab: z.int(), sha256: sha256Hex }),
  /** The first is the default. */
  variants: z.array(variant).min(1),
  lineage: z.strictObject({
    data: z.array(z.strictObject({ name: z.string(), sha256: sha256Hex })),
    recipe: z.strictObject({ name: z.string(), sha256: sha256Hex }),
    engine: z.string(),
    seed: z.int(),
    commit: z.string().nullable(),
  }),
  /** SHA-256 of every file of the bundle but this one. */
  files: z.record(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/), sha256Hex),
});

export type BundleManifest = z.infer<typeof manifest>;
export type BundleVariant = BundleManifest['variants'][number];

/** Windows with the tokens and answers they must give on every machine. */
export type GoldenExample = z.infer<typeof goldenExample>;

const goldenExample = z.strictObject({
  id: z.string(),
  label: z.string(),
  /** (rows, channels) in the channels' own units; null where missing. */
  rows: z.array(z.array(z.number().nullable())),
  /** The prompt after the constant prefix. */
  tokens: z.array(z.int()),
  probs: z.record(z.string(), z.number()),
});

/** Rows as they stand in golden.json, and back. */
export const rowsToJson = (rows: readonly Row[]): GoldenExample['rows'] =>
  rows.map((row) => Array.from(row, (value) => (Number.isNaN(value) ? null : value)));
export const rowsFromJson = (rows: GoldenExample['rows']): Row[] =>
  rows.map((row) => Float64Array.from(row, (value) => value ?? Number.NaN));

const fetchAnew = 'copy the bundle anew, or train it again with `tinyllm train`';

/**
 * Open a bundle after checking every file against its checksum.
 * Throws `TinyError`: a bundle that is damaged, incomplete or of another format is refused whole.
 */
export async function openBundle(folder: string): Promise<Bundle> {
  const bytes = await readBundleFile(folder, MANIFEST);
  const parsed = manifest.safeParse(parseJson(folder, MANIFEST, bytes));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new TinyError(
      `${join(folder, MANIFEST)}: ${issue.path.join('.')}: ${issue.message}`,
      `this version reads "${BUNDLE_FORMAT}"; ${fetchAnew}`,
    );
  }
  const { files, tokenizer, shape, variants } = parsed.data;
  for (const required of [TOKENIZER, GOLDEN, ...variants.map(({ file }) => file)]) {
    if (!Object.hasOwn(files, required)) {
      throw new TinyError(`${join(folder, MANIFEST)} gives no checksum for ${required}`, fetchAnew);
    }
  }
  for (const [name, expected] of Object.entries(files)) {
    const actual = sha256(await readBundleFile(folder, name));
    if (actual !== expected) {
      throw new TinyError(
        `${join(folder, name)} is damaged: its checksum does not match the manifest`,
        fetchAnew,
      );
    }
  }
  checkShape(shape);
  const loaded = await loadTokenizer(join(folder, TOKENIZER));
  if (loaded.vocabSize !== shape.vocab || loaded.vocabSize !== tokenizer.vocab) {
    throw new TinyError(
      `${folder}: the tokenizer has ${loaded.vocabSize} tokens, the model ${shape.vocab}`,
      fetchAnew,
    );
  }
  return { folder, manifest: parsed.data, tokenizer: loaded, hash: sha256(bytes) };
}

/** The variant of that name, or the bundle's default. Throws `TinyError` naming those there are. */
export function chooseVariant({ folder, manifest: { variants } }: Bundle, name?: string): BundleVariant {
  const found = name === undefined ? variants[0]! : variants.find((v) => v.name === name);
  if (found) return found;
  throw new TinyError(
    `bundle ${folder} has no variant "${name}"`,
    `it has ${variants.map((v) => v.name).join(', ')}`,
  );
}

export async function readGolden({ folder }: Bundle): Promise<GoldenExample[]> {
  const bytes = await readBundleFile(folder, GOLDEN);
  const parsed = z.array(goldenExample).safeParse(parseJson(folder, GOLDEN, bytes));
  if (!parsed.success)
    throw new TinyError(`${join(folder, GOLDEN)}: ${parsed.error.issues[0]!.message}`, fetchAnew);
  return parsed.data;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

async function readBundleFile(folder: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    if (!(await isFolder(folder))) {
      throw new TinyError(`there is no bundle at ${folder}`, 'give the folder that holds manifest.json', {
        cause,
      });
    }
    throw new TinyError(`${join(folder, name)} is missing`, fetchAnew, { cause });
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );

function parseJson(folder: string, name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TinyError(`${join(folder, name)} is not JSON`, fetchAnew, { cause });
  }
}
