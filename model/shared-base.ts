import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../protocols/errors.ts';
import {
  checkFiles,
  checksums,
  fetchAnew,
  gptShape,
  MANIFEST,
  readManifest,
  sha256Hex,
  TOKENIZER,
} from './checked-folder.ts';
import type { GptShape } from './shape.ts';
import type { BpeTokenizer } from './tokenizer.ts';
import { loadTokenizer } from './tokenizer-json.ts';

/**
 * Weights without a task (docs/bundle-format.md): several bundles may share them, each of which adapts them to its own, and a
 * pre-trained model is one.
 */
export interface SharedBase {
  readonly folder: string;
  readonly manifest: SharedBaseManifest;
  readonly tokenizer: BpeTokenizer;
  /** SHA-256 of manifest.json: stands for the exact folder. */
  readonly hash: string;
}

export type SharedBaseManifest = z.infer<typeof manifest>;

export const BASE_FORMAT = 'tinyllm-base/1';
/** What its folder is called beside the bundle that a training leaves. */
export const BASE_FOLDER = 'base';

/** On text that was held out; see `LanguageReport` (trainer/language/language-report.ts). */
const languageFigures = z.strictObject({
  text: z.string(),
  bitsPerByte: z.number().positive(),
  perplexity: z.number().positive(),
  /** Share of questions that were answered rightly, by their kind; null where the text had no place for one. */
  cloze: z.record(z.string(), z.number().min(0).max(1).nullable()),
});

export type LanguageFigures = z.infer<typeof languageFigures>;

const manifest = z.strictObject({
  format: z.literal(BASE_FORMAT),
  name: z.string(),
  shape: gptShape,
  /** That of every bundle on this base. */
  tokenizer: z.strictObject({ vocab: z.int(), sha256: sha256Hex }),
  /** The first is the default. */
  variants: z
    .array(
      z.strictObject({
        name: z.string(),
        file: z.string(),
        fileBytes: z.int().positive(),
        language: languageFigures.optional(),
      }),
    )
    .min(1),
  /** Linear layers whose changes the graphs take, such as `h.0.attn.c_attn`. */
  adapted: z.array(z.string()),
  lineage: z.strictObject({
    /** The weights that this was made from, in float32. */
    base: z.strictObject({ name: z.string(), sha256: sha256Hex }),
    /** How they were trained; absent where that is not known here. */
    pretraining: z
      .strictObject({
        /** SHA-256 of the manifest of the corpus. */
        corpus: sha256Hex,
        /** The weights that it started from; absent where they were drawn. */
        from: z.strictObject({ name: z.string(), sha256: sha256Hex }).optional(),
        recipe: z.strictObject({ name: z.string(), sha256: sha256Hex }),
        engine: z.string(),
        seed: z.int(),
        steps: z.int().positive(),
        tokens: z.int().positive(),
        commit: z.string().nullable(),
      })
      .optional(),
  }),
  ...checksums,
});

/** Open a base after checking every file. Throws `TinyError` where it is not one, damaged or incomplete. */
export async function openSharedBase(folder: string): Promise<SharedBase> {
  const { parsed, hash } = await readManifest(folder, manifest, BASE_FORMAT);
  const { files, variants } = parsed;
  await checkFiles(folder, files, [TOKENIZER, ...variants.map(({ file }) => file)]);
  const tokenizer = await loadTokenizer(join(folder, TOKENIZER));
  if (tokenizer.hash !== parsed.tokenizer.sha256 || tokenizer.vocabSize !== parsed.shape.vocab) {
    throw new TinyError(`${folder}: the tokenizer is not the one that the model was made with`, fetchAnew);
  }
  return { folder, manifest: parsed, tokenizer, hash };
}

/** Whether a folder says that it is one. */
export const isSharedBase = (folder: string): Promise<boolean> => holds(folder, {});

/** Where the weights are that a bundle's adapters change. */
export type NamedBase = z.infer<typeof namedBase>;

export const namedBase = z.strictObject({
  /** For people. */
  name: z.string(),
  /** Its folder, relative to the bundle's; a folder beside the bundle that holds the same files does as well. */
  from: z.string(),
  /** Of the model file of each variant. */
  sha256: z.record(z.string(), sha256Hex),
});

/** What a bundle on a base says of itself. */
interface Adapting {
  readonly base: NamedBase;
  readonly shape: GptShape;
  readonly tokenizer: { readonly sha256: string };
}

/**
 * The base that a bundle names: in its folder, or in one beside the bundle that holds the same files. Throws `TinyError` where
 * there is none, or it is not the bundle's.
 */
export async function findBase(folder: string, bundle: Adapting): Promise<SharedBase> {
  const { name, from, sha256 } = bundle.base;
  const named = join(folder, from);
  const root = dirname(resolve(folder));
  const beside = (await readdir(root)).map((entry) => join(root, entry));
  for (const place of [named, ...beside]) {
    if (!(await holds(place, sha256))) continue;
    const base = await openSharedBase(place);
    refuseStranger(folder, bundle, base);
    return base;
  }
  throw new TinyError(
    `bundle ${folder} adapts the base "${name}", which is neither at ${named} nor in a folder beside the bundle`,
    `copy the folder of the base (its ${MANIFEST} says "${BASE_FORMAT}") beside the bundle; another base, or one that was ` +
      'changed, does not do',
  );
}

const glance = z.object({
  format: z.literal(BASE_FORMAT),
  variants: z.array(z.object({ name: z.string(), file: z.string() })),
  files: z.record(z.string(), z.string()),
});

/** Does it say that it is a base with these model files? What it says is checked when it is opened. */
async function holds(folder: string, wanted: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    const { variants, files } = glance.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
    return Object.entries(wanted).every(([variant, sha256]) =>
      variants.some(({ name, file }) => name === variant && files[file] === sha256),
    );
  } catch {
    return false;
  }
}

function refuseStranger(
  folder: string,
  { shape, tokenizer }: Adapting,
  { folder: at, manifest: base }: SharedBase,
) {
  const isSame =
    JSON.stringify(base.shape) === JSON.stringify(shape) && base.tokenizer.sha256 === tokenizer.sha256;
  if (isSame) return;
  throw new TinyError(
    `bundle ${folder} and its base ${at} differ in shape or vocabulary`,
    'train the bundle again on this base',
  );
}
