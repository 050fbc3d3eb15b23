import type { GptShape } from '../../../model/shape.ts';
import type { GptWeights } from '../../../model/weights.ts';
import type { LoraSettings } from '../../finetune-settings.ts';
import type { ParameterSlot } from './parameters.ts';

/** What a training session is made from. */
export interface TrainingOptions {
  readonly shape: GptShape;
  /** Samples of a batch. */
  readonly batch: number;
  /** Tokens of a sample, right padding included. */
  readonly tokens: number;
  /** Rows of each sample that count in the loss. */
  readonly lossPositions: number;
  readonly weights: GptWeights;
  /** Cores to use, 1 unless given; more than are free is slower. */
  readonly threads?: number;
  /** 0 unless given. */
  readonly labelSmoothing?: number;
  /** Rate 0 to 1, none unless given. Masks are a function of the seed and the number of updates made. */
  readonly dropout?: { readonly rate: number; readonly seed: number };
  /** Trains low-rank adapters, which start from the seed, and leaves the weights as they are. */
  readonly lora?: { readonly settings: LoraSettings; readonly seed: number };
  /** Keep a running average of the weights (default). */
  readonly average?: boolean;
  /** Make room for `forwardBackward` over several parts of a batch. */
  readonly accumulate?: boolean;
  /** Which tensors decay; matrices except the positions unless given. */
  readonly decays?: (tensor: Pick<ParameterSlot, 'name' | 'shape'>) => boolean;
}
