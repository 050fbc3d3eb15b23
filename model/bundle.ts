import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
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

const manifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  name: z.string(),
  task: fittedTask,
  shape: z
    .strictObject({ layers: z.int(), width: z.int(), heads: z.int(), context: z.int(), vocab: z.int() })
    .superRefine((shape, refinement) => {
      try {
        checkShape(shape);
      } catch (error) {
        refinement.addIssue({ code: 'custom', message: (error as Error).message });
      }
    }),
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
  /** SHA-256 of every file of the bundle but this one. */
  files: z.record(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/), sha256Hex),
  /** `manifestDigest` of everything above. */
  digest: sha256Hex,
});

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

const fetchAnew = 'copy the bundle anew, or train it again with `tinyllm train`';

/**
 * Open a bundle after checking every file against its checksum.
 * Throws `TinyError`: a bundle that is damaged, incomplete or of another format is refused whole.
 */
export async function openBundle(folder: string): Promise<Bundle> {
  const bytes = await readManifest(folder);
  const parsed = parse(folder, MANIFEST, manifest, bytes);
  checkDigest(folder, bytes);
  const { files, tokenizer, shape, variants } = parsed;
  for (const required of [TOKENIZER, GOLDEN, ...variants.map(({ file }) => file)]) {
    if (!Object.hasOwn(files, required)) {
      throw new TinyError(`${join(folder, MANIFEST)} gives no checksum for ${required}`, fetchAnew);
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
  return { folder, manifest: parsed, tokenizer: loaded, hash: sha256(bytes) };
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

/** At least one. */
export async function readGolden({ folder }: Bundle): Promise<GoldenExample[]> {
  const path = join(folder, GOLDEN);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const examples = parse(folder, GOLDEN, z.array(goldenExample), bytes);
  if (examples.length > 0) return examples;
  throw new TinyError(`${path} holds no examples: there is nothing to verify`, fetchAnew);
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Of a file as large as it may be, which is never in memory as a whole. */
async function fileSha256(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
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

async function readManifest(folder: string): Promise<Uint8Array> {
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

const unreadable = (path: string, cause: unknown): TinyError =>
  new TinyError(
    isMissing(cause) ? `${path} is missing` : `${path} cannot be read: ${(cause as Error).message}`,
    fetchAnew,
    { cause },
  );

/** JSON of that form. */
function parse<Schema extends z.ZodType>(
  folder: string,
  name: string,
  schema: Schema,
  bytes: Uint8Array,
): z.infer<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TinyError(`${join(folder, name)} is not JSON`, fetchAnew, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const where = path.length > 0 ? `${path.join('.')}: ` : '';
  throw new TinyError(
    `${join(folder, name)}: ${where}${message}`,
    `this version reads "${BUNDLE_FORMAT}"; ${fetchAnew}`,
  );
}
