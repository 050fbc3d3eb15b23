import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../model/safetensors.ts';
import { checkShape } from '../../model/shape.ts';
import {
  FRAMEWORK,
  type GptWeights,
  gptTensors,
  selectTensors,
  selectWeights,
  storedAs,
  type TensorSpec,
} from '../../model/weights.ts';
import { TinyError } from '../../protocols/errors.ts';
import { loraSettings } from '../finetune-settings.ts';
import { adapterTensors } from './lora.ts';

export const CHECKPOINT_FORMAT = 'tinyllm-checkpoint/1';

const count = z.number().int().nonnegative();

const stateSchema = z.object({
  format: z.literal(CHECKPOINT_FORMAT),
  /** Steps made. */
  step: count,
  seed: z.number().int(),
  /** How far into the data; its unit is the data loader's: draws of examples, or sequences of a corpus. */
  dataCursor: count,
  /** Pre-training: steps that changed nothing, and what outliers are told by (outliers.ts). */
  skippedSteps: count.optional(),
  history: z
    .object({ lossNats: z.array(z.number()).readonly(), gradNorms: z.array(z.number()).readonly() })
    .optional(),
  shape: z.object({ layers: count, width: count, heads: count, context: count, vocab: count }),
  /** SHA-256 of the tokenizer the ids belong to, hex. */
  tokenizerHash: z.string(),
  /** Then the checkpoint holds the adapters alone; what they change are the weights that the run started from. */
  lora: loraSettings.optional(),
});

/** `state.json`: where a run stands. Everything random is a pure function of the seed and these counters. */
export type TrainingState = Readonly<z.infer<typeof stateSchema>>;

/** The learnt numbers and the optimizer's, each under the GPT-2 names or those of adapters (lora.ts). */
export interface ModelState {
  readonly weights: GptWeights;
  readonly firstMoment: GptWeights;
  readonly secondMoment: GptWeights;
  /** Running average of the weights, where there is one. */
  readonly average?: GptWeights;
}

/** All that an exact continuation needs. */
export interface Checkpoint extends ModelState {
  readonly state: TrainingState;
}

const FILES = {
  model: 'model.safetensors',
  optimizer: 'optimizer.safetensors',
  state: 'state.json',
} as const;

export { FILES as CHECKPOINT_FILES };

/** Copies of the model in `optimizer.safetensors`, by the prefix of their tensors' names. */
const OPTIMIZER_ROLES = ['firstMoment', 'secondMoment', 'average'] as const;

/**
 * Writes the checkpoint folder whole: under a temporary name beside it, flushed to disk, then renamed. What was there
 * stays until then, and a crash between the two renames is mended by `readCheckpoint`.
 *
 * Everything is encoded before the first wait, so views of live training state may be given.
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { state } = checkpoint;
  const contents = {
    [FILES.model]: encodeSafetensors(storedAs(learntTensors(state), checkpoint.weights), FRAMEWORK),
    [FILES.optimizer]: encodeOptimizer(checkpoint),
    [FILES.state]: new TextEncoder().encode(`${JSON.stringify(state, null, 2)}\n`),
  };
  await mkdir(dirname(folder), { recursive: true });
  const scratch = join(dirname(folder), `.${basename(folder)}.new`);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  try {
    for (const [name, bytes] of Object.entries(contents)) await writeFlushed(join(scratch, name), bytes);
    await rm(setAside(folder), { recursive: true, force: true });
    await renameIfThere(folder, setAside(folder));
    await rename(scratch, folder);
    await rm(setAside(folder), { recursive: true, force: true });
  } catch (cause) {
    await rm(scratch, { recursive: true, force: true });
    throw cause;
  }
}

/** The checkpoint that an interrupted run left, if it came so far. */
export async function findCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  return existsSync(folder) || existsSync(setAside(folder)) ? readCheckpoint(folder) : undefined;
}

/** Reads a checkpoint; anything missing or damaged refuses the whole of it. */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  if (!existsSync(folder)) await renameIfThere(setAside(folder), folder);
  const state = await readState(folder);
  const modelPath = join(folder, FILES.model);
  const { tensors } = decodeSafetensors(await readPart(folder, FILES.model), modelPath);
  const weights = selectTensors(learntTensors(state), tensors, modelPath);
  const optimizerPath = join(folder, FILES.optimizer);
  const optimizer = decodeSafetensors(await readPart(folder, FILES.optimizer), optimizerPath);
  const copy = (role: OptimizerRole): GptWeights => {
    const own = [...optimizer.tensors].filter(([name]) => name.startsWith(`${role}.`));
    const tensors = new Map(own.map(([name, tensor]) => [name.slice(role.length + 1), tensor]));
    return selectTensors(learntTensors(state), tensors, `${optimizerPath} (${role})`);
  };
  const keepsAverage = [...optimizer.tensors.keys()].some((name) => name.startsWith('average.'));
  return {
    state,
    weights,
    firstMoment: copy('firstMoment'),
    secondMoment: copy('secondMoment'),
    ...(keepsAverage && { average: copy('average') }),
  };
}

/** Reads what of a checkpoint is the model; an imported one (`base-model.ts`) has no more. */
export async function readModel(folder: string): Promise<Pick<Checkpoint, 'state' | 'weights'>> {
  const state = await readState(folder);
  const path = join(folder, FILES.model);
  if (state.lora) {
    throw new TinyError(
      `checkpoint ${path} holds adapters only, not the model which they change`,
      'start from the folder above it: its best.safetensors is the whole model',
    );
  }
  const { tensors } = decodeSafetensors(await readPart(folder, FILES.model), path);
  return { state, weights: selectWeights(state.shape, tensors, path) };
}

/** Where the run of a checkpoint stands. */
export const readState = async (folder: string): Promise<TrainingState> =>
  parseState(await readPart(folder, FILES.state), join(folder, FILES.state));

/** The tensors that a run trains. */
const learntTensors = ({ shape, lora }: TrainingState): TensorSpec[] =>
  lora ? adapterTensors(shape, lora) : gptTensors(shape);

type OptimizerRole = (typeof OPTIMIZER_ROLES)[number];

/** Where the old folder waits while the new one takes its name. */
const setAside = (folder: string): string => join(dirname(folder), `.${basename(folder)}.old`);

function encodeOptimizer(checkpoint: Checkpoint): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  for (const role of OPTIMIZER_ROLES) {
    const copy = checkpoint[role];
    if (copy === undefined) continue;
    for (const [name, tensor] of storedAs(learntTensors(checkpoint.state), copy)) {
      tensors.set(`${role}.${name}`, tensor);
    }
  }
  return encodeSafetensors(tensors);
}

function parseState(bytes: Uint8Array, path: string): TrainingState {
  try {
    const state = stateSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    checkShape(state.shape);
    return state;
  } catch (cause) {
    throw unusable(path, 'it is not the state of a training run', cause);
  }
}

async function readPart(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (cause) {
    throw unusable(path, 'it cannot be read', cause);
  }
}

const unusable = (path: string, reason: string, cause: unknown): TinyError =>
  new TinyError(`checkpoint ${path}: ${reason}`, 'use another checkpoint, or start the stage anew', {
    cause,
  });

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
