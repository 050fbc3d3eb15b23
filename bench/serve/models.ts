import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GoldenExample, rowsToJson } from '../../model/bundle.ts';
import { writeBundle } from '../../model/bundle-writer.ts';
import { encodeGpt2 } from '../../model/gguf/gpt2.ts';
import { servingVariant } from '../../model/quantize.ts';
import { RandomStream } from '../../model/random.ts';
import { type GptShape, PRESETS } from '../../model/shape.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { initialWeights } from '../../model/weights.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { randomRows, TASK, taskTokenizer, WINDOWS } from './task.ts';

export const SIZES = ['30M', '124M'] as const;
export type Size = (typeof SIZES)[number];
/** Computes next to nothing: what a call of it takes is spent around the model. */
export const TINY = 'tiny';
export type ModelSize = Size | typeof TINY;

/** How the same weights are kept: by our serving graphs, and in llama.cpp's files. */
export const VARIANTS = ['fp32', 'int8', 'q8', 'q4'] as const;
export const GGUF_TYPES = ['f32', 'q8_0', 'q4_0'] as const;
export type Variant = (typeof VARIANTS)[number];
export type GgufType = (typeof GGUF_TYPES)[number];

/** The same random weights in all files. How long a model takes does not depend on what it has learnt. */
export interface ServedModel {
  readonly size: ModelSize;
  readonly shape: GptShape;
  /** The folder of a bundle with all variants. */
  readonly bundle: string;
  /** llama.cpp's files. */
  readonly gguf: Readonly<Record<GgufType, string>>;
}

/** A preset, or the tiny one, with the task's vocabulary. */
export const servedShape = (size: ModelSize): GptShape => ({
  ...(size === TINY ? TINY_SHAPE : PRESETS[size]),
  vocab: taskTokenizer().vocabSize,
});

const TINY_SHAPE = { layers: 1, width: 32, heads: 1, context: 1024 };

/** Left there for the next run. */
const CACHE = join(tmpdir(), 'tinyllm-bench-serve');
const SEED = 1;

/** A model of a preset with the task's vocabulary; made where no run before has left one that this code would make. */
export async function servedModel(size: ModelSize): Promise<ServedModel> {
  const shape = servedShape(size);
  const key = await codeHash();
  const folder = join(CACHE, key, size);
  const inFolder = (parent: string): ServedModel => ({
    size,
    shape,
    bundle: join(parent, 'bundle'),
    gguf: {
      f32: join(parent, 'f32.gguf'),
      q8_0: join(parent, 'q8_0.gguf'),
      q4_0: join(parent, 'q4_0.gguf'),
    },
  });
  if (!existsSync(folder)) {
    process.stderr.write(`making the files of a random ${size}\n`);
    await removeOld(key);
    const partial = `${folder}.${process.pid}.partial`;
    await mkdir(partial, { recursive: true });
    await makeFiles(inFolder(partial));
    await rename(partial, folder);
  }
  return inFolder(folder);
}

async function makeFiles({ size, shape, bundle, gguf }: ServedModel): Promise<void> {
  const tokenizer = taskTokenizer();
  const weights = initialWeights(shape, RandomStream.seeded(SEED));
  const name = `random-${size}`;
  for (const type of GGUF_TYPES) {
    await writeFile(gguf[type], encodeGpt2({ name, shape, weights, tokenizer }, type));
  }
  const models = new Map(
    VARIANTS.map((variant) => [`model.${variant}.onnx`, servingVariant(variant, shape, weights)]),
  );
  await writeBundle(bundle, {
    manifest: {
      name,
      task: TASK,
      shape,
      tokenizer: { vocab: tokenizer.vocabSize, sha256: tokenizer.hash },
      variants: VARIANTS.map((variant) => {
        const file = `model.${variant}.onnx`;
        const fileBytes = models.get(file)!.length;
        return { name: variant, file, fileBytes, accuracy: null, macroF1: null, latencyMs: null };
      }),
      lineage: {
        data: [],
        recipe: { name: 'none', sha256: createHash('sha256').digest('hex') },
        engine: 'none',
        seed: SEED,
        commit: null,
      },
    },
    tokenizer,
    golden: goldenWindows(tokenizer),
    card: `# ${name}\n\nUntrained: for measuring time and memory.\n`,
    models,
  });
}

/** The windows that are answered, without answers: an untrained model has none worth keeping. */
function goldenWindows(tokenizer: BpeTokenizer): GoldenExample[] {
  const writer = promptWriter(TASK, tokenizer);
  return Array.from({ length: WINDOWS }, (_, i) => {
    const rows = randomRows(i);
    const tokens = promptTokens(writer, rows);
    return { id: `random-${i}`, label: null, rows: rowsToJson(rows), tokens, probs: {} };
  });
}

/** Of the code that writes these files, so that files of older code are never measured. */
async function codeHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['../../model', '.']) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    const files = (await readdir(root, { recursive: true })).filter((file) => /\.[jt]s$/.test(file)).sort();
    for (const file of files) {
      const decides = folder === '.' ? file.startsWith('task.') : !file.startsWith('runtime');
      if (decides) hash.update(await readFile(join(root, file)));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/** Up to a gigabyte each. Another bench may be using those that were made lately. */
const OLD_MS = 3 * 3600 * 1000;

async function removeOld(key: string): Promise<void> {
  for (const other of existsSync(CACHE) ? await readdir(CACHE) : []) {
    const folder = join(CACHE, other);
    const { mtimeMs } = await stat(folder);
    if (other !== key && Date.now() - mtimeMs > OLD_MS) await rm(folder, { recursive: true, force: true });
  }
}
