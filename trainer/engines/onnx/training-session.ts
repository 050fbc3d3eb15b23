import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { GptShape } from '../../../model/shape.ts';
import type { GptWeights } from '../../../model/weights.ts';
import type { ModelState } from '../checkpoint.ts';
import { type AdamWSettings, adamwStep, decaysByDefault, gradientNorm, updateAverage } from './adamw.ts';
import { type ParameterRole, type ParameterSlot, Parameters } from './parameters.ts';
import { type BatchSize, scoringGraph, trainingGraph } from './training-graph.ts';

export interface TrainingOptions {
  readonly shape: GptShape;
  /** Samples of a batch. */
  readonly batch: number;
  /** Tokens of a sample, right padding included. */
  readonly tokens: number;
  /** Rows of each sample that count in the loss. */
  readonly lossPositions: number;
  readonly weights: GptWeights;
  /** Cores to use; more than are free is much slower. */
  readonly threads?: number;
  /** 0 unless given. */
  readonly labelSmoothing?: number;
  /** Which tensors decay; matrices except the positions unless given. */
  readonly decays?: (tensor: Pick<ParameterSlot, 'name' | 'shape'>) => boolean;
}

/** Rows are numbered through the batch: row `sample * tokens + position`. Row-major everywhere. */
export interface TrainingBatch {
  /** (batch * tokens) token ids; padding goes right, its ids do not matter. */
  readonly ids: Int32Array;
  /** (batch * lossPositions) rows, each within its own sample. */
  readonly lossRows: Int32Array;
  /** (batch * lossPositions) the token that should follow each of those rows. */
  readonly targets: Int32Array;
  /** (batch * lossPositions) what each counts; 0 for padding. The loss is the weighted mean. */
  readonly weight: Float32Array;
}

export interface ScoringBatch {
  /** (batch * tokens) */
  readonly ids: Int32Array;
  /** (batch * positions) rows to read, each within its own sample; as many for every sample. */
  readonly rows: Int32Array;
  /** (labels) vocabulary rows to score. */
  readonly headIds: Int32Array;
}

/**
 * Trains one GPT-2 in this process. Same inputs and thread count give bitwise the same weights.
 *
 * A step is `forwardBackward` then `update`; each may also be called alone, for example to inspect gradients.
 */
export class TrainingSession {
  readonly parameters: Parameters;
  readonly #options: TrainingOptions;
  readonly #train: InferenceSession;
  /** Forward-only sessions by their static shape. */
  readonly #scorers = new Map<string, InferenceSession>();
  readonly #fetches: Record<string, Tensor>;
  readonly #embeddedGradient: Float32Array;
  readonly #loss = new Float32Array(1);
  #step = 0;

  private constructor(options: TrainingOptions, parameters: Parameters, train: InferenceSession) {
    this.#options = options;
    this.parameters = parameters;
    this.#train = train;
    const { batch, tokens, shape } = options;
    this.#embeddedGradient = new Float32Array(batch * tokens * shape.width);
    this.#fetches = {
      loss: new Tensor('float32', this.#loss, []),
      'gradient.embedded': new Tensor('float32', this.#embeddedGradient, [batch * tokens, shape.width]),
      ...this.#tensors('gradient', 'gradient.'),
    };
  }

  static async create(options: TrainingOptions): Promise<TrainingSession> {
    const { shape, batch, tokens, lossPositions, labelSmoothing = 0 } = options;
    const parameters = new Parameters(shape, options.weights);
    const graph = trainingGraph(shape, { batch, tokens, positions: lossPositions }, labelSmoothing);
    return new TrainingSession(options, parameters, await openSession(graph, options.threads));
  }

  /** Updates made so far. */
  get stepsDone(): number {
    return this.#step;
  }

  /** Live views of all that a checkpoint keeps. */
  modelState(): ModelState {
    const { parameters } = this;
    return {
      weights: parameters.views('weights'),
      firstMoment: parameters.views('firstMoment'),
      secondMoment: parameters.views('secondMoment'),
      average: parameters.views('average'),
    };
  }

  /** Continues exactly where another session stood after `stepsDone` updates. */
  restore(state: ModelState, stepsDone: number): void {
    for (const role of ['weights', 'firstMoment', 'secondMoment', 'average'] as const) {
      this.parameters.restore(role, state[role]);
    }
    this.#step = stepsDone;
  }

  /** Fills the gradient for one batch. */
  async forwardBackward(batch: TrainingBatch): Promise<{ lossNats: number; gradNorm: number }> {
    const { shape, tokens } = this.#options;
    const rows = batch.lossRows.length;
    await this.#train.run(
      {
        ...this.#tensors('weights', ''),
        ids: new Tensor('int32', batch.ids, [batch.ids.length]),
        rows: new Tensor('int32', batch.lossRows, [rows]),
        targets: new Tensor('int32', batch.targets, [rows]),
        row_weights: new Tensor('float32', normalised(batch.weight), [rows, 1]),
      },
      this.#fetches,
    );
    const [tokenTable, positions] = this.parameters.slots;
    this.parameters.view('gradient', positions!).fill(0, tokens * shape.width);
    addRows(this.parameters.view('gradient', tokenTable!), this.#embeddedGradient, batch.ids, shape.width);
    return { lossNats: this.#loss[0]!, gradNorm: gradientNorm(this.parameters) };
  }

  /** One AdamW step on the gradient of the last `forwardBackward`; then the average moves by `averageRate`. */
  update(settings: AdamWSettings & { readonly averageRate?: number }): void {
    this.#step++;
    const norm = gradientNorm(this.parameters);
    adamwStep(this.parameters, settings, this.#step, norm, this.#options.decays ?? decaysByDefault);
    updateAverage(this.parameters, settings.averageRate ?? 1);
  }

  /** `forwardBackward` and `update`. */
  async step(
    batch: TrainingBatch,
    settings: AdamWSettings & { readonly averageRate?: number },
  ): Promise<{ lossNats: number; gradNorm: number }> {
    const result = await this.forwardBackward(batch);
    this.update(settings);
    return result;
  }

  /**
   * Scores without a backward pass, with the weights or their running average. Batches of another number of samples
   * than the training batch open a session of their own, which is kept.
   *
   * @returns (rows, labels), row-major, before the softmax
   */
  async logits(
    { ids, rows, headIds }: ScoringBatch,
    role: Extract<ParameterRole, 'weights' | 'average'> = 'weights',
  ): Promise<Float32Array> {
    const { tokens } = this.#options;
    const batch = ids.length / tokens;
    const session = await this.#scorer({ batch, tokens, positions: rows.length / batch }, headIds.length);
    const { logits } = await session.run({
      ...this.#tensors(role, ''),
      ids: new Tensor('int32', ids, [ids.length]),
      rows: new Tensor('int32', rows, [rows.length]),
      head_ids: new Tensor('int32', headIds, [headIds.length]),
    });
    return logits!.data as Float32Array;
  }

  /** Frees the native memory of all sessions; nothing may be called after it. */
  async release(): Promise<void> {
    await this.#train.release();
    for (const scorer of this.#scorers.values()) await scorer.release();
    this.#scorers.clear();
  }

  async #scorer(size: BatchSize, labels: number): Promise<InferenceSession> {
    const key = `${Object.values(size)},${labels}`;
    const known = this.#scorers.get(key);
    if (known !== undefined) return known;
    const session = await openSession(scoringGraph(this.#options.shape, size, labels), this.#options.threads);
    this.#scorers.set(key, session);
    return session;
  }

  /** Views of one copy of the model as the graph wants them: of the positions only the rows in use. */
  #tensors(role: ParameterRole, prefix: string): Record<string, Tensor> {
    const { tokens, shape } = this.#options;
    return Object.fromEntries(
      this.parameters.slots.map((slot) => {
        const view = this.parameters.view(role, slot);
        const tensor =
          slot.name === 'wpe.weight'
            ? new Tensor('float32', view.subarray(0, tokens * shape.width), [tokens, shape.width])
            : new Tensor('float32', view, slot.shape);
        return [`${prefix}${slot.name}`, tensor];
      }),
    );
  }
}

const openSession = (graph: Uint8Array, threads = 1): Promise<InferenceSession> =>
  InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    // A plan for all buffers at once holds a fifth to a third more memory and is no faster.
    enableMemPattern: false,
    logSeverityLevel: 3,
  });

/** Scaled to sum to one, so that the loss is a weighted mean. */
function normalised(weight: Float32Array): Float32Array {
  const total = weight.reduce((sum, w) => sum + w, 0);
  if (!(total > 0))
    throw new RangeError('a training batch needs at least one loss position of positive weight');
  return weight.map((w) => w / total);
}

/** table[ids[i]] += rows[i]: the backward pass of a table look-up. */
function addRows(table: Float32Array, rows: Float32Array, ids: Int32Array, width: number): void {
  for (let i = 0; i < ids.length; i++) {
    const to = ids[i]! * width;
    const from = i * width;
    for (let j = 0; j < width; j++) table[to + j]! += rows[from + j]!;
  }
}
