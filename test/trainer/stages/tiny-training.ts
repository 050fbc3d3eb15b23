import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../../model/random.ts';
import type { Dataset, LabelledRow, SplitName } from '../../../trainer/datasets/dataset.ts';
import type { FinetuneWatcher } from '../../../trainer/engines/engine.ts';
import { onnxEngine } from '../../../trainer/engines/onnx/onnx-engine.ts';
import { type LoadedRecipe, loadRecipe } from '../../../trainer/recipe.ts';
import type { Recipe } from '../../../trainer/recipe-keys.ts';
import type { Run } from '../../../trainer/stage.ts';
import type { Training } from '../../../trainer/stages/finetune.ts';
import { recordingOf } from '../../protocols/examples.ts';

/*
 * A whole training in a fraction of a second: is a room loud? Four steps of sound, which overlap, so that nobody can be
 * sure; the loud rows are few, and most rows are of one session.
 */

const ROWS_OF_SPLIT = { train: 24, validation: 12 } as const;

/** @param flipped in the validation split the answers are the wrong ones */
export function loudness({ flipped = false } = {}): Dataset {
  const random = RandomStream.seeded(11);
  const rows = Object.entries(ROWS_OF_SPLIT).flatMap(([split, count]) =>
    Array.from({ length: count }, (_, i): LabelledRow => {
      const isLoud = i % 4 === 0;
      const samples = Array.from({ length: 4 }, (_, s) => {
        return [100 * s, (isLoud ? 58 : 50) + 6 * random.normal()] as const;
      });
      return {
        id: `${split}-${i}`,
        label: isLoud !== (flipped && split === 'validation') ? 'loud' : 'quiet',
        splits: { split: split as SplitName },
        recording: recordingOf(['sound'], samples, { group: `${split}-${i % 6 < 4 ? 'long' : i}` }),
      };
    }),
  );
  return {
    rows: [...rows, { ...rows[0]!, id: 'test-0', splits: { split: 'test' } }],
    skipped: [],
    hash: `${flipped}`,
  };
}

/**
 * The recipe for it, written to a folder and read back.
 * @param base folder of a model to start from; from scratch without
 * @param more other keys of the recipe
 */
export async function loudnessRecipe(
  folder: string,
  finetune: Partial<Recipe['finetune']> | Record<string, unknown> = {},
  base?: string,
  more: Partial<Recipe> = {},
): Promise<LoadedRecipe> {
  await mkdir(folder, { recursive: true });
  const task = {
    name: 'loudness',
    instruction: 'Loud or quiet?',
    input: { kind: 'rate', rateHz: 10, maxGapMs: 250, channels: [{ channel: 'sound' }] },
    window: { rows: 4, hopMs: 400 },
    answers: { kind: 'labels', labels: ['quiet', 'loud'] },
  };
  const recipe = {
    name: 'loudness',
    task: 'task.yaml',
    dataset: 'local',
    prompt: { template: 'stream', levels: 16 },
    windows: { copies: 2, starts: [{ from: 'row', shiftSamples: 1, share: 1 }] },
    ...(base
      ? { base: { from: base } }
      : { tokenizer: 'small', model: { layers: 1, width: 32, heads: 1 }, initial: 'smooth' }),
    finetune: {
      ...{
        steps: 24,
        batch: 4,
        learningRate: 0.003,
        warmupSteps: 2,
        weightDecay: 0.05,
        beta1: 0.9,
        beta2: 0.99,
      },
      ...{ clip: 1, dropout: 0.1, averageRate: 0.2, evaluateEvery: 6 },
      ...finetune,
    },
    bundle: { golden: 1, maxBytes: 1e6 },
    card: { data: 'invented', limits: 'all' },
    ...more,
  };
  // Every JSON text is YAML.
  await writeFile(join(folder, 'task.yaml'), JSON.stringify(task));
  await writeFile(join(folder, 'recipe.yaml'), JSON.stringify(recipe));
  return loadRecipe(join(folder, 'recipe.yaml'));
}

/** @param afterStep called after every step of every training */
export function tinyTraining(
  out: string,
  { seed = 1, afterStep = () => {} }: { seed?: number; afterStep?: (abort: AbortController) => void } = {},
) {
  const abort = new AbortController();
  const notes: string[] = [];
  const run: Run = { out, seed, signal: abort.signal, note: (line) => void notes.push(line) };
  const watcher: FinetuneWatcher = {
    started: () => {},
    step: () => afterStep(abort),
    validated: () => {},
    ended: () => {},
  };
  const titles: (string | undefined)[] = [];
  const watch = (title?: string): FinetuneWatcher => {
    titles.push(title);
    return watcher;
  };
  const training: Training = { engine: onnxEngine, threads: 1, watch };
  return { run, training, notes, titles };
}
