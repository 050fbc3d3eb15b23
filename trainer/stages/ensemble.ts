import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../model/bundle.ts';
import { RandomStream } from '../../model/random.ts';
import { encodeWeights, type GptWeights, weightOf } from '../../model/weights.ts';
import { configError } from '../../protocols/errors.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { ENGINE_FILES, type ScoringJob } from '../engines/engine.ts';
import { exampleCount } from '../example-set.ts';
import { type EnsembleSettings, finalSteps } from '../finetune-settings.ts';
import { checkFirstTokens } from '../first-tokens.ts';
import { PREPARED_FILES, type PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { meanTargets, type SoftTargets, writeSoftTargets } from '../soft-targets.ts';
import { type Run, stage } from '../stage.ts';
import { finetune, readSpecialist, type Specialist, type Training, totalTime } from './finetune.ts';
import { prepare } from './prepare.ts';

type Ensemble<Into> = Extract<EnsembleSettings, { into: Into }>;

/** Below the run's folder, by number: each with stages of its own. */
const MEMBERS = 'members';
const SOFT_TARGETS = 'probabilities.safetensors';

/** Prompts -> the model that ships: one training, or several of which one model is made. */
export async function trainSpecialist(
  recipe: LoadedRecipe,
  dataset: Dataset,
  data: PreparedData,
  training: Training,
  run: Run,
): Promise<Specialist> {
  const { ensemble } = recipe.finetune;
  if (!ensemble) return finetune(recipe, data, training, run);
  if (ensemble.into === 'distil') {
    checkFirstTokens('finetune.ensemble', promptWriter(data.task, data.tokenizer).completions);
  }
  const members: Specialist[] = [];
  for (let k = 1; k <= ensemble.members; k++) {
    const title = `member ${k} of ${ensemble.members}`;
    const own: Run = {
      ...run,
      out: join(run.out, MEMBERS, `${k}`),
      seed: RandomStream.seeded(run.seed).fork('member', k).bits(),
      note: (line) => run.note(`${title}: ${line}`),
    };
    const windows = ensemble.windows === 'own' ? await ownWindows(recipe, dataset, data, own) : data;
    // Weights that started apart have no meaning in between.
    const alike = ensemble.into === 'average' ? { initialSeed: run.seed } : {};
    members.push(await finetune(recipe, windows, training, own, { ...alike, title }));
  }
  const made =
    ensemble.into === 'average'
      ? await averaged(recipe, members, data, training, run)
      : await distilled(recipe, ensemble, members, data, training, run);
  return { ...made, ...totalTime([...members, made]) };
}

/** The same rows under another seed. The tokens must mean the same to all members. */
async function ownWindows(
  recipe: LoadedRecipe,
  dataset: Dataset,
  shared: PreparedData,
  run: Run,
): Promise<PreparedData> {
  const own = await prepare(recipe, dataset, run);
  if (
    own.tokenizer.hash !== shared.tokenizer.hash ||
    own.train.tokensPerExample !== shared.train.tokensPerExample
  ) {
    throw configError(
      'finetune.ensemble: the windows of the members need different vocabularies',
      'say `windows: shared`, or leave out pruneVocabulary',
    );
  }
  return own;
}

/** The plain mean of the members' best weights. */
async function averaged(
  recipe: LoadedRecipe,
  members: readonly Specialist[],
  data: PreparedData,
  { engine, threads }: Training,
  run: Run,
): Promise<Specialist> {
  const { shape } = members[0]!;
  const inputs = {
    average: members.map(({ weightsHash }) => weightsHash),
    validation: sha256(await readFile(join(data.folder, PREPARED_FILES.validation))),
  };
  const folder = await stage(run, 'finetune', inputs, async (partial) => {
    const best = join(partial, ENGINE_FILES.best);
    await writeFile(best, encodeWeights(shape, meanWeights(members.map(({ weights }) => weights))));
    const examples = join(data.folder, PREPARED_FILES.validation);
    const job = scoringJob(recipe, data, { shape, weights: best, examples, threads });
    const lastStep = Math.max(...members.map(({ validation }) => validation.step));
    const result = await engine.validate(job, lastStep);
    await writeFile(join(partial, ENGINE_FILES.bestResult), `${JSON.stringify(result)}\n`);
  });
  return readSpecialist(folder, shape);
}

/** A student of the members' mean answers to the training examples. */
async function distilled(
  recipe: LoadedRecipe,
  { softShare }: Ensemble<'distil'>,
  members: readonly Specialist[],
  data: PreparedData,
  training: Training,
  run: Run,
): Promise<Specialist> {
  const examples = join(data.folder, PREPARED_FILES.train);
  const inputs = {
    members: members.map(({ weightsHash }) => weightsHash),
    examples: sha256(await readFile(examples)),
  };
  const folder = await stage(run, 'teacher', inputs, async (partial) => {
    const answers: SoftTargets[] = [];
    for (const [m, { folder, shape }] of members.entries()) {
      run.signal.throwIfAborted();
      run.note(`teacher: member ${m + 1} of ${members.length} answers ${exampleCount(data.train)} windows`);
      const weights = join(folder, ENGINE_FILES.best);
      const job = scoringJob(recipe, data, { shape, weights, examples, threads: training.threads });
      answers.push(await training.engine.labelProbabilities(job));
    }
    await writeSoftTargets(join(partial, SOFT_TARGETS), meanTargets(answers));
  });
  const student = { ...recipe, finetune: { ...recipe.finetune, steps: finalSteps(recipe.finetune) } };
  const teacher = { path: join(folder, SOFT_TARGETS), share: softShare };
  return finetune(student, data, training, run, { teacher, title: 'student' });
}

const scoringJob = (
  recipe: LoadedRecipe,
  data: PreparedData,
  rest: Pick<ScoringJob, 'shape' | 'weights' | 'examples' | 'threads'>,
): ScoringJob => ({
  ...rest,
  completions: promptWriter(data.task, data.tokenizer).completions,
  batch: recipe.finetune.batch,
});

function meanWeights(members: readonly GptWeights[]): GptWeights {
  const mean = (name: string, own: Float32Array): Float32Array => {
    const all = members.map((weights) => weightOf(weights, name));
    return own.map((_, i) => all.reduce((sum, values) => sum + values[i]!, 0) / all.length);
  };
  return new Map([...members[0]!].map(([name, own]) => [name, mean(name, own)]));
}
