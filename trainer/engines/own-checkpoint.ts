import { join } from 'node:path';
import { TinyError } from '../../protocols/errors.ts';
import { type Checkpoint, findCheckpoint, type TrainingState } from './checkpoint.ts';
import { ENGINE_FILES } from './engine.ts';
import type { PretrainJob } from './pretrain-job.ts';

/**
 * The checkpoint that an interrupted run of this job left, if it came so far. Throws `TinyError` for a damaged one and for
 * one of another training: going on from it would give a model that nobody asked for.
 */
export async function findOwnCheckpoint(job: PretrainJob): Promise<Checkpoint | undefined> {
  const path = join(job.folder, ENGINE_FILES.checkpoint);
  const checkpoint = await findCheckpoint(path);
  const other = checkpoint && differenceOf(checkpoint.state, job);
  if (other === undefined) return checkpoint;
  throw new TinyError(
    `checkpoint ${path} is of another training: ${other.what} is ${other.there} there, and ${other.here} here`,
    `move ${job.folder} away to start anew, or put back the checkpoint that was there`,
  );
}

interface Difference {
  readonly what: string;
  readonly there: number | string;
  readonly here: number | string;
}

function differenceOf(state: TrainingState, job: PretrainJob): Difference | undefined {
  const { shape, seed, tokenizerHash, settings } = job;
  const sizes = Object.keys(shape) as (keyof typeof shape)[];
  const compared: Difference[] = [
    ...sizes.map((size) => ({ what: size, there: state.shape[size], here: shape[size] })),
    { what: 'the seed', there: state.seed, here: seed },
    { what: 'the tokenizer', there: state.tokenizerHash, here: tokenizerHash },
    { what: 'sequences read', there: state.dataCursor, here: state.step * settings.batch },
    { what: 'steps made', there: state.step, here: Math.min(state.step, settings.steps) },
  ];
  return compared.find(({ there, here }) => there !== here);
}
