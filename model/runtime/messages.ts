import type { GptShape } from '../shape.ts';
import type { Failure } from './failure.ts';
import type { GenerationOptions } from './generator.ts';
import type { ScoringTask } from './label-scorer.ts';

/** What the worker is started with. */
export interface WorkerStart {
  readonly modelPath: string;
  readonly shape: GptShape;
  readonly threads: number;
  /** Leave it out to generate only. */
  readonly task?: ScoringTask;
}

/** To the worker. Requests are served strictly in the order in which they come, but `cancel` at once. */
export type Request =
  | { readonly type: 'open'; readonly sequence: number }
  | { readonly type: 'push'; readonly sequence: number; readonly tokens: readonly number[] }
  | { readonly type: 'score'; readonly sequence: number }
  | { readonly type: 'discard'; readonly sequence: number }
  | {
      readonly type: 'generate';
      readonly call: number;
      readonly prompt: readonly number[];
      readonly options: GenerationOptions;
    }
  | { readonly type: 'cancel'; readonly call: number }
  | { readonly type: 'close' };

/** From the worker. A failure of `push` comes back as the failure of that sequence's `score`. */
export type Reply =
  | { readonly type: 'ready' }
  | { readonly type: 'unusable'; readonly failure: Failure }
  | { readonly type: 'scored'; readonly sequence: number; readonly probabilities: Float64Array }
  | { readonly type: 'failed'; readonly sequence: number; readonly failure: Failure }
  | { readonly type: 'token'; readonly call: number; readonly token: number }
  | { readonly type: 'generated'; readonly call: number; readonly failure?: Failure };
