import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrunedFrom } from '../model/bundle.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import { loadTokenizer } from '../model/tokenizer-json.ts';
import { type FittedTask, fittedTask } from '../protocols/task.ts';
import { type ExampleSet, readExampleSet } from './example-set.ts';

/** What `prepare` leaves on disk, read back. */
export interface PreparedData {
  readonly folder: string;
  readonly task: FittedTask;
  readonly tokenizer: BpeTokenizer;
  readonly train: ExampleSet;
  readonly validation: ExampleSet;
  readonly dataHash: string;
  /** Where the rows of a pruned vocabulary come from. */
  readonly prunedFrom?: PrunedFrom;
}

export const PREPARED_FILES = {
  task: 'task.json',
  tokenizer: 'tokenizer.json',
  /** Example sets (example-set.ts). */
  train: 'train.safetensors',
  validation: 'validation.safetensors',
  /** One `PreparedWindow` a line, in the order of the examples. */
  trainWindows: 'train.windows.jsonl',
  validationWindows: 'validation.windows.jsonl',
  manifest: 'manifest.json',
} as const;

/** Every window that was written, for a person and for the tests: which samples became which example. */
export interface PreparedWindow {
  readonly row: string;
  readonly startUs: number;
  /** The answer as it is written: the label, or the digits of a number. */
  readonly label: string;
}

/** Read what the stage left. Throws where a file of it is missing or is not what it should be. */
export async function readPrepared(folder: string): Promise<PreparedData> {
  const manifest = JSON.parse(await readFile(join(folder, PREPARED_FILES.manifest), 'utf8')) as {
    dataHash: string;
    prunedFrom?: PrunedFrom;
  };
  return {
    folder,
    task: fittedTask.parse(JSON.parse(await readFile(join(folder, PREPARED_FILES.task), 'utf8'))),
    tokenizer: await loadTokenizer(join(folder, PREPARED_FILES.tokenizer)),
    train: await readExampleSet(join(folder, PREPARED_FILES.train)),
    validation: await readExampleSet(join(folder, PREPARED_FILES.validation)),
    dataHash: manifest.dataHash,
    ...(manifest.prunedFrom && { prunedFrom: manifest.prunedFrom }),
  };
}
