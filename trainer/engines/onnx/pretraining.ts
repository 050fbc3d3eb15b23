import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeWeights } from '../../../model/weights.ts';
import { TinyError } from '../../../protocols/errors.ts';
import { type CorpusTokens, openTokens } from '../../corpus/shards.ts';
import { CHECKPOINT_FORMAT, writeCheckpoint } from '../checkpoint.ts';
import { ENGINE_FILES } from '../engine.ts';
import { scheduledRate } from '../learning-rate.ts';
import { Outliers } from '../outliers.ts';
import { findOwnCheckpoint } from '../own-checkpoint.ts';
import {
  bitsPerByte,
  type LanguageValidation,
  type Pretrain,
  type PretrainJob,
  type PretrainWatcher,
} from '../pretrain-job.ts';
import { SequenceOrder } from '../sequence-order.ts';
import { TrainingLog } from '../training-log.ts';
import { ADAM_EPS } from './adamw.ts';
import { stepBatch } from './corpus-batches.ts';
import { corpusNats } from './corpus-loss.ts';
import { TrainingSession } from './training-session.ts';

/** Trains on the corpus of a job in this process. */
export const pretrain: Pretrain = async (job, watcher, signal) => {
  const training = await Pretraining.start(job, watcher);
  try {
    return await training.run(signal);
  } finally {
    watcher.ended();
    await training.release();
  }
};

/** What a pre-training works with. */
interface Parts {
  readonly session: TrainingSession;
  readonly train: CorpusTokens;
  readonly validation: CorpusTokens;
  readonly order: SequenceOrder;
  readonly outliers: Outliers;
  readonly log: TrainingLog;
}

/** One job under way. */
class Pretraining {
  readonly #job: PretrainJob;
  readonly #watcher: PretrainWatcher;
  readonly #parts: Parts;
  #step: number;

  private constructor(job: PretrainJob, watcher: PretrainWatcher, step: number, parts: Parts) {
    this.#job = job;
    this.#watcher = watcher;
    this.#step = step;
    this.#parts = parts;
  }

  static async start(job: PretrainJob, watcher: PretrainWatcher): Promise<Pretraining> {
    const { shape, settings, folder, corpus, seed, threads } = job;
    const { batch, microBatch, context, steps } = settings;
    const checkpoint = await findOwnCheckpoint(job);
    const train = await openTokens(corpus, 'train', { atLeast: batch * context + 1 });
    const validation = await openTokens(corpus, 'val', { atLeast: job.validation.sequences * context + 1 });
    const session = await TrainingSession.create({
      shape,
      batch: microBatch,
      tokens: context,
      lossPositions: context,
      weights: decodeWeights(shape, await readFile(job.initial), job.initial),
      threads,
      average: false,
      accumulate: microBatch < batch,
    });
    const { step = 0, skippedSteps = 0, history } = checkpoint?.state ?? {};
    if (checkpoint) session.restore(checkpoint, step - skippedSteps);
    const tokensPerStep = batch * context;
    watcher.started({ totalTokens: steps * tokensPerStep, tokensDone: step * tokensPerStep });
    return new Pretraining(job, watcher, step, {
      session,
      train,
      validation,
      order: new SequenceOrder(train.length, context, seed),
      outliers: new Outliers(settings.outliers, history),
      log: await TrainingLog.open(join(folder, ENGINE_FILES.log), step),
    });
  }

  /** The last validation; of a job that was finished before, the one of its checkpoint's weights. */
  async run(signal: AbortSignal): Promise<LanguageValidation> {
    const { steps, evaluateEvery } = this.#job.settings;
    let result: LanguageValidation | undefined;
    while (this.#step < steps) {
      if (signal.aborted) {
        await this.#save();
        signal.throwIfAborted();
      }
      await this.#train();
      if (this.#step % evaluateEvery === 0 || this.#step === steps) {
        result = await this.#validate();
        await this.#save();
      }
    }
    return result ?? this.#measure();
  }

  async release(): Promise<void> {
    const { session, train, validation } = this.#parts;
    await session.release();
    await train.close();
    await validation.close();
  }

  async #train(): Promise<void> {
    const { settings } = this.#job;
    const { session, train, order, outliers, log } = this.#parts;
    const { beta1, beta2, weightDecay, clip, batch, context } = settings;
    const lr = scheduledRate(this.#step, settings);
    const parts = await stepBatch(train, order, settings.onlyFirstBatch ? 0 : this.#step, settings);
    const { lossNats, gradNorm } = await session.forwardBackward(...parts);
    if (!Number.isFinite(lossNats) || !Number.isFinite(gradNorm)) throw noNumber(this.#step + 1);
    const isSkipped = outliers.judge(lossNats, gradNorm);
    if (!isSkipped) session.update({ lr, beta1, beta2, weightDecay, clip, eps: ADAM_EPS });
    const step = ++this.#step;
    log.add({ step, lossNats, gradNorm, lr, ...(isSkipped && { isSkipped }) });
    this.#watcher.step({ step, tokens: batch * context, lossNats, gradNorm, isSkipped });
  }

  async #validate(): Promise<LanguageValidation> {
    const result = await this.#measure();
    this.#parts.log.add({ kind: 'validation', ...result });
    this.#watcher.validated(result);
    return result;
  }

  async #measure(): Promise<LanguageValidation> {
    const { validation, settings } = this.#job;
    const { session, validation: tokens } = this.#parts;
    const { context, microBatch } = settings;
    const { sequences, bytes } = validation;
    const nats = await corpusNats(session, tokens, { sequences, context, batch: microBatch });
    const lossNats = nats / (sequences * context);
    // Before anything is saved.
    if (!Number.isFinite(lossNats)) throw noNumber(this.#step);
    return { step: this.#step, lossNats, bitsPerByte: bitsPerByte(nats, bytes) };
  }

  async #save(): Promise<void> {
    const { folder, shape, seed, tokenizerHash, settings } = this.#job;
    const { session, outliers, log } = this.#parts;
    const path = join(folder, ENGINE_FILES.checkpoint);
    await log.flush();
    await writeCheckpoint(path, {
      ...session.modelState(),
      state: {
        format: CHECKPOINT_FORMAT,
        step: this.#step,
        seed,
        dataCursor: this.#step * settings.batch,
        shape,
        tokenizerHash,
        skippedSteps: this.#step - session.stepsDone,
        history: outliers.history,
      },
    });
    await this.#watcher.saved(this.#step, path);
  }
}

const noNumber = (step: number): TinyError =>
  new TinyError(
    `the loss is no longer a number at step ${step}; the last checkpoint is as good as it was`,
    'lower pretrain.learningRate or pretrain.clip in the recipe, or raise pretrain.warmupSteps, and start anew in another folder (--out)',
  );
