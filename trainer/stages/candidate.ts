import type { BundleManifest } from '../../model/bundle.ts';
import { writeBundle } from '../../model/bundle-writer.ts';
import { servingGraph } from '../../model/serving-graph.ts';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { Run } from '../stage.ts';
import type { Specialist } from './finetune.ts';
import type { PreparedData } from './prepare.ts';

const VARIANT = 'fp32';
const modelFile = (variant: string): string => `model.${variant}.onnx`;

/** A bundle of a model that has not been measured: no golden examples, no figures. */
export async function writeCandidate(
  folder: string,
  recipe: LoadedRecipe,
  data: PreparedData,
  { shape, weights }: Specialist,
  run: Run,
  task: FittedTask,
): Promise<void> {
  const model = servingGraph(shape, weights);
  const variant: BundleManifest['variants'][number] = {
    name: VARIANT,
    file: modelFile(VARIANT),
    fileBytes: model.length,
    accuracy: null,
    macroF1: null,
    latencyMs: null,
  };
  await writeBundle(folder, {
    manifest: {
      name: recipe.name,
      task,
      shape,
      tokenizer: { vocab: data.tokenizer.vocabSize, sha256: data.tokenizer.hash },
      variants: [variant],
      lineage: {
        data: [{ name: recipe.dataset, sha256: data.dataHash }],
        recipe: { name: recipe.name, sha256: recipe.hash },
        engine: 'onnx',
        seed: run.seed,
        commit: null,
      },
    },
    tokenizer: data.tokenizer,
    golden: [],
    card: `# ${recipe.name}\n\nA candidate that has not been measured.\n`,
    models: new Map([[modelFile(VARIANT), model]]),
  });
}

/** Load a bundle for as long as `work` needs it. */
export async function withBrain<T>(folder: string, work: (brain: TinyBrain) => Promise<T>): Promise<T> {
  const brain = await loadBrain(folder);
  try {
    return await work(brain);
  } finally {
    await brain.close();
  }
}
