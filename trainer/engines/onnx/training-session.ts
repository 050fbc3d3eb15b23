import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { Adapter } from '../../../model/adapter.ts';
import { RandomStream } from '../../../model/random.ts';
import { type GptWeights, gptTensors, weightOf } from '../../../model/weights.ts';
import type { ModelState } from '../checkpoint.ts';
import { adapterOf, adapterTensors, initialAdapters, mergeAdapters } from '../lora.ts';
import {
  type AdamWSettings,
  accumulateGradient,
  adamwStep,
  decaysByDefault,
  gradientNorm,
  updateAverage,
} from './adamw.ts';
import { type CompiledStep, compileStep, openGraph } from './compiled-step.ts';
import { addRows, asTensors, headTensors } from './learnt-tensors.ts';
import { type ParameterRole, Parameters } from './parameters.ts';
import {
  type BatchSize,
  checkIds,
  normalised,
  type ScoringBatch,
  sizeOf,
  type TrainingBatch,
} from './training-batch.ts';
import { lossGraph, scoringGraph } from './training-graph.ts';
import type { TrainingOptions } from './training-options.ts';

export type { ScoringBatch, TrainingBatch } from './training-batch.ts';

/** What is kept: neither what the first training graph is compiled for, nor weights of which there is a copy. */
type SessionOptions = Omit<TrainingOptions, 'batch' | 'lossPositions' | 'weights'>;

export interface UpdateSettings extends AdamWSettings {
  /** How far the running average moves towards the weights, 1 - decay; without it, all the way. */
  readonly averageRate?: number;
}

export interface StepResult {
  /** Weighted mean over the batch's loss positions. */
  readonly lossNats: number;
  /** Euclidean norm of the whole gradient, before clipping. */
  readonly gradNorm: number;
}

/**
 * Trains one GPT-2, or adapters of it, in this process. Same inputs and thread count give bitwise the same weights.
 *
 * A step is `forwardBackward` then `update`; each may also be called alone, for example to inspect gradients.
 */
export class TrainingSession {
  /** All that is trained. */
  readonly parameters: Parameters;
  /** What else the graphs read, under the GPT-2 names. */
  readonly #frozen: GptWeights;
  readonly #options: SessionOptions;
  readonly #steps = new Map<string, CompiledStep>();
  /** Forward-only sessions. */
  readonly #scorers = new Map<string, InferenceSession>();
  #stepsDone = 0;
  /** Of the gradient as it is. */
  #gradNorm = 0;

  private constructor({ weights, ...options }: SessionOptions & Pick<TrainingOptions, 'weights'>) {
    this.#options = options;
    const { shape, lora, average = true, accumulate = false } = options;
    const optional = [
      ...(average ? (['average'] as const) : []),
      ...(accumulate ? (['accumulated'] as const) : []),
    ];
    if (lora) {
      const random = RandomStream.seeded(lora.seed).fork('lora');
      const adapters = initialAdapters(shape, lora.settings, random);
      this.parameters = new Parameters(adapterTensors(shape, lora.settings), adapters, optional);
      this.#frozen = weights;
    } else {
      this.parameters = new Parameters(gptTensors(shape), weights, optional);
      this.#frozen = new Map();
    }
  }

  static async create(options: TrainingOptions): Promise<TrainingSession> {
    const { batch, lossPositions: positions, ...kept } = options;
    const session = new TrainingSession(kept);
    await session.#compiled({ batch, tokens: kept.tokens, positions });
    return session;
  }

  /** For `logits` alone: no training graph is compiled. */
  static forScoring(
    options: Pick<TrainingOptions, 'shape' | 'tokens' | 'weights' | 'threads'>,
  ): TrainingSession {
    return new TrainingSession(options);
  }

  /** Updates made so far. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /** The model with the weights or their running average, adapters merged into it. */
  model(role: Extract<ParameterRole, 'weights' | 'average'>): GptWeights {
    const { shape, lora } = this.#options;
    const trained = this.parameters.views(role);
    return lora ? mergeAdapters(shape, lora.settings, this.#frozen, trained) : trained;
  }

  /** The running average of the adapters alone, where adapters are trained. */
  adapter(): Adapter | undefined {
    const { shape, lora } = this.#options;
    return lora && adapterOf(shape, lora.settings, this.parameters.views('average'));
  }

  /** Live views of all that a checkpoint keeps. */
  modelState(): ModelState {
    const { parameters } = this;
    return {
      weights: parameters.views('weights'),
      firstMoment: parameters.views('firstMoment'),
      secondMoment: parameters.views('secondMoment'),
      ...(parameters.has('average') && { average: parameters.views('average') }),
    };
  }

  /** Continues exactly where another session stood after `stepsDone` updates. */
  restore({ weights, average = weights, ...moments }: ModelState, stepsDone: number): void {
    const { parameters } = this;
    parameters.restore('weights', weights);
    parameters.restore('firstMoment', moments.firstMoment);
    parameters.restore('secondMoment', moments.secondMoment);
    if (parameters.has('average')) parameters.restore('average', average);
    this.#stepsDone = stepsDone;
  }

  /** Fills the gradient for one batch, or for one that comes in equal parts. */
  async forwardBackward(...parts: readonly TrainingBatch[]): Promise<StepResult> {
    const { parameters } = this;
    let lossNats = 0;
    for (const [before, part] of parts.entries()) {
      lossNats += ((await this.#backward(part)) - lossNats) / (before + 1);
      // The mean of the parts so far; a first part overwrites what the step before has left.
      if (parts.length > 1) accumulateGradient(parameters, 1 / (before + 1));
    }
    if (parts.length > 1) parameters.restore('gradient', parameters.views('accumulated'));
    this.#gradNorm = gradientNorm(parameters);
    return { lossNats, gradNorm: this.#gradNorm };
  }

  /** Overwrites the gradient; returns the loss. */
  async #backward(batch: TrainingBatch): Promise<number> {
    const { shape, dropout, lora } = this.#options;
    const size = this.#sizeOf(batch);
    const { session, fetches, lossNats, rowGradients, masks } = await this.#compiled(size);
    const seed = dropout?.seed ?? lora?.seed;
    if (seed !== undefined) masks?.draw(RandomStream.seeded(seed).fork('dropout', this.#stepsDone));
    await session.run({ ...this.#lossInputs(batch, size), ...masks?.tensors }, fetches);
    if (rowGradients !== null) {
      const gradient = this.parameters.views('gradient');
      gradient.get('wpe.weight')!.fill(0, size.tokens * shape.width);
      addRows(gradient.get('wte.weight')!, rowGradients.embedded, batch.ids, shape.width);
      addRows(gradient.get('wte.weight')!, rowGradients.expected, batch.targets, shape.width);
    }
    return lossNats[0]!;
  }

  /** The loss of a batch with the weights as they are, without a backward pass. */
  async loss(batch: TrainingBatch): Promise<number> {
    const size = this.#sizeOf(batch);
    const session = await this.#forward(`loss ${keyOf(size)}`, () => lossGraph(this.#options.shape, size));
    const { loss } = await session.run(this.#lossInputs(batch, size));
    return (loss!.data as Float32Array)[0]!;
  }

  /** One AdamW step on the gradient of the last `forwardBackward`; then the running average follows. */
  update(settings: UpdateSettings): void {
    this.#stepsDone++;
    const { decays = decaysByDefault } = this.#options;
    adamwStep(this.parameters, settings, this.#stepsDone, this.#gradNorm, decays);
    if (this.parameters.has('average')) updateAverage(this.parameters, settings.averageRate ?? 1);
  }

  /** `forwardBackward` and `update`. */
  async step(batch: TrainingBatch, settings: UpdateSettings): Promise<StepResult> {
    const result = await this.forwardBackward(batch);
    this.update(settings);
    return result;
  }

  /**
   * Scores without a backward pass, with the weights or their running average. Each new size of batch compiles a graph of
   * its own, once: pad the last batch rather than cutting it.
   *
   * @returns (rows, labels), row-major, before the softmax
   */
  async logits(
    { ids, rows, headIds, tokens = this.#options.tokens }: ScoringBatch,
    role: Extract<ParameterRole, 'weights' | 'average'> = 'weights',
  ): Promise<Float32Array> {
    const { shape } = this.#options;
    const size = sizeOf(ids, tokens, rows, shape.vocab);
    checkIds(headIds, shape.vocab);
    const { lora } = this.#options;
    const labels = headIds.length;
    const session = await this.#forward(`${keyOf(size)} ${labels}`, () =>
      scoringGraph(shape, size, labels, lora?.settings),
    );
    const { logits } = await session.run({
      ...this.#inputs(role, tokens),
      ids: new Tensor('int32', ids, [ids.length]),
      rows: new Tensor('int32', rows, [rows.length]),
      head_ids: new Tensor('int32', headIds, [headIds.length]),
    });
    return logits!.data as Float32Array;
  }

  /** Frees the native memory of all sessions; nothing may be called after it. */
  async release(): Promise<void> {
    for (const { session } of this.#steps.values()) await session.release();
    for (const session of this.#scorers.values()) await session.release();
    this.#steps.clear();
    this.#scorers.clear();
  }

  async #compiled(size: BatchSize): Promise<CompiledStep> {
    const key = keyOf(size);
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const step = await compileStep(size, this.#options, this.parameters);
    this.#steps.set(key, step);
    return step;
  }

  async #forward(key: string, graph: () => Uint8Array): Promise<InferenceSession> {
    const known = this.#scorers.get(key);
    if (known !== undefined) return known;
    const session = await openGraph(graph(), this.#options.threads);
    this.#scorers.set(key, session);
    return session;
  }

  #sizeOf({ ids, lossRows, targets, tokens = this.#options.tokens }: TrainingBatch): BatchSize {
    const { vocab } = this.#options.shape;
    checkIds(targets, vocab);
    return sizeOf(ids, tokens, lossRows, vocab);
  }

  /** What the graphs that end in a loss read. */
  #lossInputs(
    { ids, lossRows, targets, weight }: TrainingBatch,
    { tokens }: BatchSize,
  ): Record<string, Tensor> {
    const read = lossRows.length;
    return {
      ...this.#inputs('weights', tokens),
      ...this.#head(),
      ids: new Tensor('int32', ids, [ids.length]),
      rows: new Tensor('int32', lossRows, [read]),
      targets: new Tensor('int32', targets, [read]),
      row_weights: new Tensor('float32', normalised(weight), [read, 1]),
    };
  }

  /** Everything learnt, of which some stays as it is. */
  #inputs(role: ParameterRole, tokens: number): Record<string, Tensor> {
    const { shape } = this.#options;
    const frozen = gptTensors(shape).filter(({ name }) => this.#frozen.has(name));
    return { ...asTensors(frozen, this.#frozen, tokens), ...this.#trained(role, tokens) };
  }

  /** The token table as the head of a loss. */
  #head(): Record<string, Tensor> {
    const { shape } = this.#options;
    const values = this.#frozen.has('wte.weight') ? this.#frozen : this.parameters.views('weights');
    return headTensors(shape, weightOf(values, 'wte.weight'));
  }

  #trained(role: ParameterRole, tokens: number): Record<string, Tensor> {
    return asTensors(this.parameters.slots, this.parameters.views(role), tokens);
  }
}

const keyOf = ({ batch, tokens, positions }: BatchSize): string => `${batch} ${tokens} ${positions}`;
