import { join } from 'node:path';
import { stringify } from 'yaml';
import { type LoadedCorpusRecipe, loadCorpusRecipe } from '../../../trainer/corpus/corpus-recipe.ts';
import { onnxEngine } from '../../../trainer/engines/onnx/onnx-engine.ts';
import type { PretrainProgress } from '../../../trainer/engines/pretrain-job.ts';
import type { Run } from '../../../trainer/stage.ts';
import type { Pretraining } from '../../../trainer/stages/pretrain.ts';
import { folderWith } from '../corpus/corpus-files.ts';

/** Sequences of 24 tokens in batches of 8. */
export const TOKENS_PER_STEP = 192;

/** Sections of a recipe that pre-trains a model of 40,000 weights in a second, for the corpus of `tinyCorpus`. */
export const tinyTrainingOf = (steps: number, changes: object = {}) => ({
  model: { layers: 2, width: 32, heads: 2 },
  pretrain: {
    ...{ tokens: steps * TOKENS_PER_STEP, context: 24, batch: 8, learningRate: 0.004, warmupSteps: 3 },
    ...{ evaluateEvery: 5, validationSequences: 7, language: { textKb: 0 } },
    ...changes,
  },
});

/** @param sections beside name and corpus; a section that is undefined is left out */
export const recipeText = (sections: object): string =>
  stringify({
    name: 'tiny',
    corpus: { sources: [{ name: 'rows', format: 'jsonl', path: '.' }] },
    ...sections,
  });

export const tinyRecipe = (sections: object = tinyTrainingOf(14)): Promise<LoadedCorpusRecipe> =>
  loadCorpusRecipe(join(folderWith({ 'tiny.yaml': recipeText(sections) }), 'tiny.yaml'));

/** A run in a folder, and what was said in it. @param onStep called after every step */
export function tinyRun(
  out: string,
  onStep: (progress: PretrainProgress, stop: () => void) => void = () => {},
) {
  const stop = new AbortController();
  const notes: string[] = [];
  const run: Run = { out, seed: 1, signal: stop.signal, note: (line) => void notes.push(line) };
  const none = (): void => undefined;
  const training: Pretraining = {
    engine: onnxEngine,
    threads: 1,
    watcher: {
      started: none,
      step: (progress) => onStep(progress, () => stop.abort(new Error('stopped'))),
      validated: none,
      saved: async () => {},
      ended: none,
    },
  };
  return { run, training, notes };
}
