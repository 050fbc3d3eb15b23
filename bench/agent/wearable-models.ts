import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../commandline/package.ts';
import { openBundle } from '../../model/bundle.ts';
import { servingVariant } from '../../model/quantize.ts';
import { RandomStream } from '../../model/random.ts';
import { scoringTask } from '../../model/runtime/label-scorer.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { type GptShape, PRESETS, parameterCount } from '../../model/shape.ts';
import { initialWeights } from '../../model/weights.ts';
import { TinyBrain } from '../../pipeline/tiny-brain.ts';
import { promptWriter } from '../../protocols/templates.ts';

/** Models that read what the bundle `swim` reads: the one that ships, and untrained ones of the presets' depth and width. */
export const SIZES = ['124M', '101M', '82M', '51M', '30M', 'swim'] as const;
export type Size = (typeof SIZES)[number];

export interface SizedBrain {
  readonly brain: TinyBrain;
  readonly parameters: number;
}

/**
 * A model of that size with int8 weights, answering the task of `models/<bundle>`. How long it takes does not depend on
 * what it has learnt; tables are cut to the task's vocabulary, as those of a bundle are.
 *
 * @param folder where the file of an untrained one is put
 */
export async function brainOfSize(bundleName: string, size: Size, folder: string): Promise<SizedBrain> {
  const bundle = await openBundle(join(packageRoot(), 'models', bundleName));
  const { manifest, tokenizer } = bundle;
  const shape: GptShape =
    size === 'swim'
      ? manifest.shape
      : { ...PRESETS[size], vocab: manifest.shape.vocab, context: manifest.shape.context };
  const modelPath =
    size === 'swim' ? join(bundle.folder, 'model.int8.onnx') : join(folder, `model-${size}.onnx`);
  if (size !== 'swim') {
    const weights = initialWeights(shape, RandomStream.seeded(1));
    await writeFile(modelPath, servingVariant('int8', shape, weights));
  }
  const writer = promptWriter(manifest.task, tokenizer);
  const runtime = await ModelRuntime.start({ modelPath, shape, threads: 1, task: scoringTask(writer) });
  return { brain: new TinyBrain(bundle, runtime, writer), parameters: parameterCount(shape) };
}
