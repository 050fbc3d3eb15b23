import { readFile } from 'node:fs/promises';
import type { Command } from '../../commandline/command.ts';
import { choice, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { LateProgress } from '../../commandline/late-progress.ts';
import { type Bundle, chooseVariant } from '../../model/bundle.ts';
import { finestVariant, readBaseWeights, readBundleWeights } from '../../model/bundle-weights.ts';
import { encodeGpt2 } from '../../model/gguf/gpt2.ts';
import type { TensorTypeName } from '../../model/gguf/tensor-types.ts';
import { huggingFaceFiles } from '../../model/hugging-face/folder.ts';
import { modelFiles } from '../../model/model-files.ts';
import { isBase, openModel } from '../../model/open-model.ts';
import { servingVariant, variantName } from '../../model/quantize.ts';
import type { SharedBase } from '../../model/shared-base.ts';
import { type GptWeights, gptTensors } from '../../model/weights.ts';
import { usageError } from '../../protocols/errors.ts';
import { type FolderContents, mustBeNew, writeArtefact } from '../artefact.ts';

export const command: Command = {
  name: 'export',
  summary: 'Write the model of a bundle for llama.cpp, Hugging Face or ONNX Runtime',
  usage: `
Usage: tinyllm export --bundle DIR --format gguf|safetensors|onnx --out PATH [flags]

  --bundle DIR   the model; gguf and safetensors want the fp32 variant of a bundle, and take the finest of a base
  --format F     gguf         one file for llama.cpp, with the tokenizer
                 safetensors  a folder for Hugging Face: model.safetensors, config.json, tokenizer.json
                 onnx         the file of one variant, as the bundle has it
  --out PATH     a file (replaced when it is there), for safetensors a new folder
  --type T       of the matrices in a gguf: f32, f16, q8_0 or q4_0 (default f32)
  --variant V    for onnx: a variant of the bundle (default: its first)
  --json         print {"out", "format", "bytes"} instead of a line
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      bundle: required(text('DIR, such as models/gesture')),
      format: required(choice('gguf', 'safetensors', 'onnx')),
      out: required(text('PATH, such as runs/gesture.gguf')),
      type: choice('f32', 'f16', 'q8_0', 'q4_0'),
      variant: text(),
      json: toggle(),
    });
    const { format, out, type, variant } = flags;
    onlyFor('--type', type, 'gguf', format);
    onlyFor('--variant', variant, 'onnx', format);
    if (format === 'safetensors') await mustBeNew(out);
    const bundle = await openModel(flags.bundle);
    const choices = { type: type ?? 'f32', variant };
    const contents = await exported[format](bundle, choices);
    await writeArtefact(out, contents);
    const bytes = byteLength(contents);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ out, format, bytes })}\n`
        : `wrote ${out} (${described(format, bundle, choices)}, ${(bytes / 1e6).toFixed(1)} MB)\n`,
    );
  },
};

interface Choices {
  readonly type: TensorTypeName;
  readonly variant: string | undefined;
}

/** Of weights without a task those of its finest variant will do: it may have no other (docs/export.md). */
const weightsOf = (model: Bundle | SharedBase): Promise<GptWeights> =>
  isBase(model) ? readBaseWeights(model) : readBundleWeights(model);

const exported = {
  gguf: async (bundle: Bundle | SharedBase, { type }: Choices): Promise<Uint8Array> => {
    const { name, shape } = bundle.manifest;
    const weights = await weightsOf(bundle);
    const total = gptTensors(shape).length;
    const progress = new LateProgress({ sink: process.stderr, label: 'export', unit: 'tensors', total });
    const model = { name, shape, weights, tokenizer: bundle.tokenizer };
    try {
      return encodeGpt2(model, type, () => progress.advance());
    } finally {
      progress.finish();
    }
  },
  safetensors: async (bundle: Bundle | SharedBase): Promise<FolderContents> => {
    const { tokenizer, manifest } = bundle;
    return huggingFaceFiles({ shape: manifest.shape, weights: await weightsOf(bundle), tokenizer });
  },
  onnx: async (bundle: Bundle | SharedBase, { variant }: Choices): Promise<Uint8Array> => {
    const { modelPath } = modelFiles(bundle, variant);
    const takesAdapters = isBase(bundle) || bundle.base !== undefined;
    if (!takesAdapters) return readFile(modelPath);
    // One model, with its adapter in it: whoever takes it knows nothing of adapters.
    const name = variantName(variantOf(bundle, variant));
    return servingVariant(name, bundle.manifest.shape, await weightsOf(bundle));
  },
};

/** The format for people, with what was chosen: `GGUF q8_0`. */
function described(
  format: keyof typeof exported,
  bundle: Bundle | SharedBase,
  { type, variant }: Choices,
): string {
  if (format === 'onnx') return `ONNX ${variantOf(bundle, variant)}`;
  const finest = isBase(bundle) ? finestVariant(bundle).name : 'fp32';
  const source = finest === 'fp32' ? '' : ` of its ${finest} weights`;
  return `${format === 'gguf' ? `GGUF ${type}` : 'Hugging Face safetensors'}${source}`;
}

const variantOf = (model: Bundle | SharedBase, name?: string): string =>
  chooseVariant<{ readonly name: string }>(model, name).name;

function onlyFor(flag: string, value: string | undefined, wanted: string, format: string): void {
  if (value === undefined || format === wanted) return;
  throw usageError(
    `${flag} ${value} means nothing for --format ${format}`,
    `leave it out, or use --format ${wanted}`,
  );
}

function byteLength(contents: Uint8Array | FolderContents): number {
  const files = contents instanceof Uint8Array ? [contents] : [...contents.values()];
  return files.reduce((sum, file) => sum + Buffer.byteLength(file), 0);
}
