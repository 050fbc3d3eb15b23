import type { GptShape } from '../shape.ts';
import type { Device } from './device.ts';
import type { Failure } from './failure.ts';
import type { GenerationMemory } from './generations.ts';
import type { GenerationOptions } from './generator.ts';
import type { ScoringTask } from './label-scorer.ts';
import type { Likelihood } from './likelihoods.ts';
import type { TaskOfModel } from './task-scorers.ts';

/** What the worker is started with. */
export interface WorkerStart {
  readonly modelPath: string;
  readonly shape: GptShape;
  readonly threads: number;
  /** The adapter of what is started here, where the model is a base that many share. */
  readonly adapterPath?: string;
  /** Leave it out to generate only, or to add tasks later. */
  readonly task?: ScoringTask;
  /** What computes: the processor by default. */
  readonly device?: Device;
  readonly generation?: GenerationMemory;
}

/** How long the worker took, once it ran. */
export interface LoadTimes {
  /** The model file, into ONNX Runtime. */
  readonly sessionMs: number;
  /** The tokens before every window; nothing where there is no task. */
  readonly prefixMs: number;
}

/** The task that a model is started with; those that are added have other ids. */
export const FIRST_TASK = 0;

/**
 * To the worker. Sequences, generations and tasks share one series of ids. What is done next is decided between two runs of the
 * model (schedule.ts). What is discarded is no longer worked on from then on, so that a model which falls behind does not
 * read windows that nobody waits for.
 */
export type Request =
  | ({ readonly type: 'add'; readonly id: number } & TaskOfModel)
  | { readonly type: 'remove'; readonly id: number }
  | { readonly type: 'open'; readonly id: number; readonly task: number }
  | { readonly type: 'push'; readonly id: number; readonly tokens: readonly number[] }
  /** An answer that would come after `deadlineMs`, on the clock of `steadyMs`, is not given. */
  | { readonly type: 'score'; readonly id: number; readonly deadlineMs?: number }
  | {
      readonly type: 'generate';
      readonly id: number;
      readonly prompt: readonly number[];
      readonly options: GenerationOptions;
    }
  | {
      readonly type: 'likelihoods';
      readonly id: number;
      readonly context: readonly number[];
      readonly continuations: readonly (readonly number[])[];
    }
  | { readonly type: 'discard'; readonly id: number }
  | { readonly type: 'close' };

/** The first word of the worker. */
export type StartReply =
  | { readonly type: 'ready'; readonly loadTimes: LoadTimes }
  | { readonly type: 'unusable'; readonly failure: Failure };

/** What follows it. A failure of `push` comes back as the failure of that sequence's `score`. */
export type Reply =
  | { readonly type: 'added'; readonly id: number; readonly failure?: Failure }
  | { readonly type: 'scored'; readonly id: number; readonly probabilities: Float64Array }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly type: 'missed'; readonly id: number }
  | { readonly type: 'token'; readonly id: number; readonly token: number }
  | { readonly type: 'generated'; readonly id: number; readonly failure?: Failure }
  | {
      readonly type: 'foretold';
      readonly id: number;
      readonly result: readonly Likelihood[] | Failure;
    };
