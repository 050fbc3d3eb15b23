import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeAdapter } from '../../../model/adapter.ts';
import { decodeWeights, encodeWeights } from '../../../model/weights.ts';
import { TinyError } from '../../../protocols/errors.ts';
import { exampleCount, readExampleSet } from '../../example-set.ts';
import { readSoftTargets } from '../../soft-targets.ts';
import { writeWhole } from '../../write-whole.ts';
import { CHECKPOINT_FORMAT, findCheckpoint, writeCheckpoint } from '../checkpoint.ts';
import {
  ENGINE_FILES,
  type Engine,
  type FinetuneJob,
  type FinetuneWatcher,
  merit,
  type ValidationResult,
} from '../engine.ts';
import { learningRate } from '../learning-rate.ts';
import { TrainingLog } from '../training-log.ts';
import { ADAM_EPS } from './adamw.ts';
import { Batches } from './batches.ts';
import type { Teacher } from './loss-points.ts';
import { pretrain } from './pretraining.ts';
import { labelProbabilities, validateWeights } from './scoring.ts';
import { TrainingSession } from './training-session.ts';
import { Validator } from './validation.ts';

/** Trains in this process, with ONNX Runtime for the gradients and WebAssembly for the optimizer. */
export const onnxEngine: Engine = {
  name: 'onnx',
  validate: validateWeights,
  labelProbabilities,
  pretrain,
  async finetune(job, watcher, signal) {
    const training = await Finetuning.start(job, watcher);
    try {
      await training.run(signal);
      return training.best;
    } finally {
      watcher.ended();
      await training.release();
    }
  },
};

const teacherOf = async ({ teacher, completions }: FinetuneJob, examples: number): Promise<Teacher> => ({
  ...(await readSoftTargets(teacher!.path, examples)),
  share: teacher!.share,
  firstTokens: completions.map(({ tokens }) => tokens[0]!),
});

/** One job under way. */
class Finetuning {
  readonly #job: FinetuneJob;
  readonly #watcher: FinetuneWatcher;
  readonly #session: TrainingSession;
  readonly #batches: Batches;
  readonly #validator: Validator;
  readonly #log: TrainingLog;
  readonly #tokensPerStep: number;
  #best: ValidationResult | undefined;

  private constructor(
    job: FinetuneJob,
    watcher: FinetuneWatcher,
    parts: {
      session: TrainingSession;
      batches: Batches;
      validator: Validator;
      log: TrainingLog;
      tokensPerStep: number;
      best: ValidationResult | undefined;
    },
  ) {
    this.#job = job;
    this.#watcher = watcher;
    this.#session = parts.session;
    this.#batches = parts.batches;
    this.#validator = parts.validator;
    this.#log = parts.log;
    this.#tokensPerStep = parts.tokensPerStep;
    this.#best = parts.best;
  }

  static async start(job: FinetuneJob, watcher: FinetuneWatcher): Promise<Finetuning> {
    const { shape, settings, seed, folder, threads } = job;
    const train = await readExampleSet(job.train);
    const validation = await readExampleSet(job.validation);
    const batches = new Batches(train, settings.batch, seed, {
      ...(job.earlyLoss && { early: job.earlyLoss }),
      ...(job.sampleLoss && { samples: job.sampleLoss }),
      ...(settings.balance && { balance: settings.balance }),
      ...(job.teacher && { teacher: await teacherOf(job, exampleCount(train)) }),
    });
    const weights = decodeWeights(shape, await readFile(job.initial), job.initial);
    const session = await TrainingSession.create({
      shape,
      batch: settings.batch,
      tokens: train.tokensPerExample,
      lossPositions: batches.lossPositions,
      weights,
      threads,
      labelSmoothing: settings.labelSmoothing,
      ...(settings.dropout > 0 && { dropout: { rate: settings.dropout, seed } }),
      ...(settings.lora && { lora: { settings: settings.lora, seed } }),
    });
    const checkpoint = await findCheckpoint(join(folder, ENGINE_FILES.checkpoint));
    if (checkpoint) session.restore(checkpoint, checkpoint.state.step);
    const bestPath = join(folder, ENGINE_FILES.bestResult);
    const best = existsSync(bestPath)
      ? (JSON.parse(await readFile(bestPath, 'utf8')) as ValidationResult)
      : undefined;
    const tokensPerStep = settings.batch * train.tokensPerExample;
    watcher.started({
      totalTokens: settings.steps * tokensPerStep,
      tokensDone: session.stepsDone * tokensPerStep,
    });
    return new Finetuning(job, watcher, {
      session,
      batches,
      validator: new Validator(validation, job.completions),
      log: await TrainingLog.open(join(folder, ENGINE_FILES.log), session.stepsDone),
      tokensPerStep,
      best,
    });
  }

  get best(): ValidationResult {
    return this.#best!;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { steps, evaluateEvery } = this.#job.settings;
    while (this.#session.stepsDone < steps && !this.#isOutOfPatience) {
      if (signal.aborted) {
        await this.#save();
        signal.throwIfAborted();
      }
      await this.#step();
      const done = this.#session.stepsDone;
      if (done % evaluateEvery === 0 || done === steps) {
        await this.#validate();
        await this.#save();
      }
    }
  }

  /**
   * Validations since the best one. Read off the steps, not counted, so that a resumed run, which finds the best result
   * in its file, stops where an unbroken one does.
   */
  get #waited(): number {
    const { evaluateEvery } = this.#job.settings;
    return Math.floor((this.#session.stepsDone - (this.#best?.step ?? 0)) / evaluateEvery);
  }

  get #isOutOfPatience(): boolean {
    const { patience } = this.#job.settings;
    return patience !== undefined && this.#waited >= patience;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  async #step(): Promise<void> {
    const { settings } = this.#job;
    const { beta1, beta2, weightDecay, clip, averageRate } = settings;
    const done = this.#session.stepsDone;
    const lr = learningRate(done, { ...settings, peak: settings.learningRate });
    const { lossNats, gradNorm } = await this.#session.step(this.#batches.at(done), {
      lr,
      beta1,
      beta2,
      weightDecay,
      clip,
      eps: ADAM_EPS,
      // A plain mean of all weights so far until there are enough of them for the moving one.
      averageRate: Math.max(averageRate, 1 / (done + 1)),
    });
    if (!Number.isFinite(lossNats)) {
      throw new TinyError(
        `the loss is no longer a number at step ${done + 1}`,
        'lower finetune.learningRate in the recipe, or finetune.clip',
      );
    }
    this.#log.add({ step: done + 1, lossNats, gradNorm, lr });
    this.#watcher.step({ step: done + 1, tokens: this.#tokensPerStep, lossNats });
  }

  /** Keeps the averaged weights when they are the best so far, by merit, then by loss. */
  async #validate(): Promise<void> {
    const { settings } = this.#job;
    const result = await this.#validator.run(this.#session, settings.batch, this.#session.stepsDone);
    this.#log.add({ kind: 'validation', ...result });
    const best = this.#best;
    const isBetter =
      best === undefined ||
      settings.keep === 'last' ||
      merit(result) > merit(best) ||
      (merit(result) === merit(best) && result.lossNats < best.lossNats);
    if (isBetter) await this.#keep(result);
    const { patience } = settings;
    this.#watcher.validated(result, patience === undefined ? undefined : { waited: this.#waited, patience });
  }

  async #keep(result: ValidationResult): Promise<void> {
    const { folder, shape } = this.#job;
    this.#best = result;
    const weights = encodeWeights(shape, this.#session.model('average'));
    const adapter = this.#session.adapter();
    await writeWhole(join(folder, ENGINE_FILES.best), weights);
    if (adapter) await writeWhole(join(folder, ENGINE_FILES.bestAdapter), encodeAdapter(adapter));
    await writeWhole(join(folder, ENGINE_FILES.bestResult), `${JSON.stringify(result)}\n`);
  }

  async #save(): Promise<void> {
    const { folder, shape, seed, tokenizerHash, settings } = this.#job;
    const { stepsDone } = this.#session;
    await this.#log.flush();
    await writeCheckpoint(join(folder, ENGINE_FILES.checkpoint), {
      ...this.#session.modelState(),
      state: {
        format: CHECKPOINT_FORMAT,
        step: stepsDone,
        seed,
        dataCursor: stepsDone * settings.batch,
        shape,
        tokenizerHash,
        ...(settings.lora && { lora: settings.lora }),
      },
    });
  }
}
