import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../protocols/errors.ts';
import { fittedTask } from '../protocols/task.ts';
import type { Row } from '../protocols/window.ts';
import {
  checkFiles,
  checksums,
  fetchAnew,
  gptShape,
  MANIFEST,
  manifestDigest,
  parse,
  readManifest,
  sha256,
  sha256Hex,
  TOKENIZER,
  unreadable,
} from './checked-folder.ts';
import { findBase, isSharedBase, namedBase, type SharedBase } from './shared-base.ts';
import type { BpeTokenizer } from './tokenizer.ts';
import { loadTokenizer } from './tokenizer-json.ts';

export { MANIFEST, manifestDigest, sha256, TOKENIZER };

/** A model bundle: one folder with all that a task needs at run time (docs/bundle-format.md). */
export interface Bundle {
  readonly folder: string;
  readonly manifest: BundleManifest;
  readonly tokenizer: BpeTokenizer;
  /** SHA-256 of manifest.json, which holds the hashes of all other files: stands for the exact bundle. */
  readonly hash: string;
  /** Whose weights are used, where the bundle's own model files are adapters. */
  readonly base?: SharedBase;
}

export const BUNDLE_FORMAT = 'tinyllm-bundle/1';
export const GOLDEN = 'golden.json';

const share = z.number().min(0).max(1);

const variant = z.strictObject({
  /** `fp32`, .. */
  name: z.string(),
  /** The model file in the bundle. */
  file: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  fileBytes: z.int().positive(),
  /** On the test split, each distinct input once; null where there was none, or the task asks for no label. */
  accuracy: share.nullable(),
  macroF1: share.nullable(),
  /** Mean absolute error of each number there, in its unit; absent where the task asks for none. */
  mae: z.record(z.string(), z.number().min(0)).optional(),
  /** Window to answer on the machine that made the bundle; null where it was not measured. */
  latencyMs: z.strictObject({ p50: z.number(), p95: z.number() }).nullable(),
});

/** Which rows of a larger vocabulary a pruned one kept. */
export type PrunedFrom = z.infer<typeof prunedFrom>;

const prunedFrom = z.strictObject({
  /** Of the whole tokenizer's canonical form. */
  sha256: sha256Hex,
  vocab: z.int().positive(),
  /** Of every token of the bundle, its id in the whole vocabulary; ascending. */
  ids: z.array(z.int().min(0)),
});

const manifest = z
  .strictObject({
    format: z.literal(BUNDLE_FORMAT),
    name: z.string(),
    task: fittedTask,
    shape: gptShape,
    tokenizer: z
      .strictObject({ vocab: z.int(), sha256: sha256Hex, prunedFrom: prunedFrom.optional() })
      .refine(({ vocab, prunedFrom: whole }) => whole === undefined || whole.ids.length === vocab, {
        message: 'one id for each token',
        path: ['prunedFrom', 'ids'],
      }),
    /** The first is the default. */
    variants: z.array(variant).min(1),
    lineage: z.strictObject({
      data: z.array(
        z.strictObject({
          name: z.string(),
          sha256: sha256Hex,
          /** Only rows with these tags: one device, one room. What `evaluate` scores unless it is told otherwise. */
          where: z.record(z.string(), z.string()).optional(),
        }),
      ),
      recipe: z.strictObject({ name: z.string(), sha256: sha256Hex }),
      /** The model that training started from; absent where it started from scratch. */
      base: z.strictObject({ name: z.string(), sha256: sha256Hex }).optional(),
      engine: z.string(),
      seed: z.int(),
      commit: z.string().nullable(),
    }),
    /** Then the files of the variants are adapters of it (adapter.ts), and named like its own. */
    base: namedBase.optional(),
    ...checksums,
  })
  .refine(
    ({ base, variants }) =>
      base === undefined || variants.every(({ name }) => Object.hasOwn(base.sha256, name)),
    {
      message: 'a checksum for each variant',
      path: ['base', 'sha256'],
    },
  );

export type BundleManifest = z.infer<typeof manifest>;
export type BundleVariant = BundleManifest['variants'][number];

/** Windows with the tokens and answers they must give on every machine. */
export type GoldenExample = z.infer<typeof goldenExample>;

const goldenExample = z.strictObject({
  id: z.string(),
  /** The truth; null for an invented window. */
  label: z.string().nullable(),
  /** (rows, channels) in the channels' own units; null where missing. */
  rows: z.array(z.array(z.number().nullable())),
  /** The prompt after the constant prefix. */
  tokens: z.array(z.int()),
  /** By label, of the bundle's first variant .. */
  probs: z.record(z.string(), z.number()),
  /** .. and of the others, by variant. */
  variantProbs: z.record(z.string(), z.record(z.string(), z.number())).optional(),
  /** The means of the numbers that the task asks for, by name; absent where it asks for none. Likewise by variant. */
  values: z.record(z.string(), z.number()).optional(),
  variantValues: z.record(z.string(), z.record(z.string(), z.number())).optional(),
});

/** Rows as they stand in golden.json, and back. */
export const rowsToJson = (rows: readonly Row[]): GoldenExample['rows'] =>
  rows.map((row) => Array.from(row, (value) => (Number.isNaN(value) ? null : value)));
export const rowsFromJson = (rows: GoldenExample['rows']): Row[] =>
  rows.map((row) => Float64Array.from(row, (value) => value ?? Number.NaN));

/**
 * Open a bundle after checking every file against its checksum.
 * Throws `TinyError`: a bundle that is damaged, incomplete or of another format is refused whole.
 */
export async function openBundle(folder: string): Promise<Bundle> {
  if (await isSharedBase(folder)) {
    throw new TinyError(
      `${folder} is a base that bundles share: it has no task`,
      'give the folder of a bundle on this base; `tinyllm generate` and `tinyllm evaluate --text` take a base too',
    );
  }
  const { parsed, hash } = await readManifest(folder, manifest, BUNDLE_FORMAT);
  const { files, tokenizer, shape, variants } = parsed;
  await checkFiles(folder, files, [TOKENIZER, GOLDEN, ...variants.map(({ file }) => file)]);
  const loaded = await loadTokenizer(join(folder, TOKENIZER));
  if (loaded.vocabSize !== shape.vocab || loaded.vocabSize !== tokenizer.vocab) {
    throw new TinyError(
      `${folder}: the tokenizer has ${loaded.vocabSize} tokens, the model ${shape.vocab}`,
      fetchAnew,
    );
  }
  if (loaded.hash !== tokenizer.sha256) {
    throw new TinyError(`${folder}: the tokenizer is not the one that the model was made with`, fetchAnew);
  }
  const base = parsed.base && (await findBase(folder, { ...parsed, base: parsed.base }));
  return { folder, manifest: parsed, tokenizer: loaded, hash, ...(base && { base }) };
}

/** The variant of that name, or the default of a bundle or a base. Throws `TinyError` naming those there are. */
export function chooseVariant<Variant extends { readonly name: string }>(
  {
    folder,
    manifest: { variants },
  }: { readonly folder: string; readonly manifest: { readonly variants: readonly Variant[] } },
  name?: string,
): Variant {
  const found = name === undefined ? variants[0]! : variants.find((v) => v.name === name);
  if (found) return found;
  throw new TinyError(
    `bundle ${folder} has no variant "${name}"`,
    `it has ${variants.map((v) => v.name).join(', ')}`,
  );
}

/** At least one. */
export async function readGolden({ folder }: Bundle): Promise<GoldenExample[]> {
  const path = join(folder, GOLDEN);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const examples = parse(join(folder, GOLDEN), z.array(goldenExample), bytes, BUNDLE_FORMAT);
  if (examples.length > 0) return examples;
  throw new TinyError(`${path} holds no examples: there is nothing to verify`, fetchAnew);
}
