import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../../model/random.ts';
import type { GptShape } from '../../../model/shape.ts';
import { encodeWeights, initialWeights } from '../../../model/weights.ts';
import { ReadyCorpus } from '../../../trainer/corpus/ready-corpus.ts';
import type { Checkpoint } from '../../../trainer/engines/checkpoint.ts';
import type { Pretrainer } from '../../../trainer/engines/engine.ts';
import type {
  LanguageValidation,
  PretrainJob,
  PretrainJobSettings,
  PretrainProgress,
} from '../../../trainer/engines/pretrain-job.ts';
import { relativeError } from '../../fixtures/golden-gradients/read.ts';
import { essay, folderWith, prepared } from '../corpus/corpus-files.ts';

/*
 * A whole pre-training in a fraction of a second: essays of a few words that repeat, in several shards.
 */

const CONTEXT = 24;

/** A prepared corpus; its vocabulary is no multiple of 64. */
export async function tinyCorpus(): Promise<ReadyCorpus> {
  const rows = Array.from({ length: 160 }, (_, i) => ({ text: essay(i % 40, 20 + (i % 7)) }));
  const data = folderWith({ 'rows.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join('') });
  const { folder } = await prepared(data, {
    sources: [{ name: 'rows', format: 'jsonl', path: 'rows.jsonl', nearDuplicates: 'keep' }],
    tokenizer: { vocabulary: 330, sampleMb: 1 },
    validation: 0.1,
    shardTokens: 2000,
  });
  return ReadyCorpus.open(folder);
}

/** A job in a folder of its own, with its weights to start from. */
export async function tinyJob(
  corpus: ReadyCorpus,
  folder: string,
  settings: Partial<PretrainJobSettings> = {},
  { vocab = corpus.tokenizer.vocabSize }: Partial<GptShape> = {},
): Promise<PretrainJob> {
  const shape = { layers: 2, width: 32, heads: 2, context: CONTEXT, vocab };
  const initial = join(folder, 'initial.safetensors');
  await mkdir(folder, { recursive: true });
  writeFileSync(initial, encodeWeights(shape, initialWeights(shape, RandomStream.seeded(5))));
  return {
    ...{ folder, shape, initial, corpus: corpus.folder, tokenizerHash: corpus.tokenizer.hash },
    settings: {
      ...{ steps: 14, context: CONTEXT, batch: 8, microBatch: 8, learningRate: 0.004, warmupSteps: 3 },
      ...{ weightDecay: 0.1, beta1: 0.9, beta2: 0.95, clip: 1, evaluateEvery: 5 },
      schedule: { kind: 'wsd', decayShare: 0.3 },
      outliers: { window: 8, deviations: 6 },
      onlyFirstBatch: false,
      ...settings,
    },
    validation: await corpus.validationText(7, CONTEXT),
    seed: 3,
    threads: 1,
  };
}

/** What a watcher saw of a training. */
export interface Seen {
  readonly tokensDone: number;
  readonly steps: readonly PretrainProgress[];
  readonly validations: readonly LanguageValidation[];
  readonly saved: readonly number[];
  readonly result: LanguageValidation;
}

/** @param onSaved is waited for, with the checkpoint as it was saved */
export async function train(
  engine: Pretrainer,
  job: PretrainJob,
  { onSaved = async () => {}, signal = new AbortController().signal }: TrainOptions = {},
): Promise<Seen> {
  const steps: PretrainProgress[] = [];
  const validations: LanguageValidation[] = [];
  const saved: number[] = [];
  let tokensDone = Number.NaN;
  const watcher = {
    started: (job: { readonly tokensDone: number }) => {
      tokensDone = job.tokensDone;
    },
    step: (progress: PretrainProgress) => void steps.push(progress),
    validated: (result: LanguageValidation) => void validations.push(result),
    saved: async (step: number, folder: string) => {
      saved.push(step);
      await onSaved(step, folder);
    },
    ended: () => undefined,
  };
  const result = await engine.pretrain(job, watcher, signal);
  return { tokensDone, steps, validations, saved, result };
}

export interface TrainOptions {
  readonly onSaved?: (step: number, folder: string) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Trains until the first checkpoint and is stopped there, as by Ctrl-C. */
export async function trainAndStop(engine: Pretrainer, job: PretrainJob): Promise<void> {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const stopped = train(engine, job, { onSaved: async () => stop.abort(reason), signal: stop.signal });
  const outcome = await stopped.catch((error: unknown) => error);
  if (outcome !== reason) throw outcome;
}

/** The largest relative distance of the weights and of the moments of two checkpoints. */
export function distance(a: Checkpoint, b: Checkpoint): number {
  const copies = ['weights', 'firstMoment', 'secondMoment'] as const;
  return Math.max(
    ...copies.flatMap((copy) =>
      [...b[copy]].map(([name, expected]) => relativeError(a[copy].get(name)!, expected)),
    ),
  );
}
