import { readFile, writeFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../model/safetensors.ts';
import { TinyError } from '../protocols/errors.ts';

/** Prompts with their answers as the model reads them: prefix, window, mark, answer; padded on the right. */
export interface ExampleSet {
  /** Tokens of an example, padding included. */
  readonly tokensPerExample: number;
  /** Row-major (examples, tokensPerExample). */
  readonly tokens: Int32Array;
  /** (examples) tokens of the prompt: the answer follows. */
  readonly promptLength: Int32Array;
  /** (examples) tokens of prompt and answer together. */
  readonly length: Int32Array;
  /** (examples) index into the task's completions: for a label, that of the label. */
  readonly label: Int32Array;
  /** (examples) whose they are: a number for each session or person. Absent where some example names none. */
  readonly group?: Int32Array;
}

export const exampleCount = (set: ExampleSet): number => set.label.length;

/** One example before it is laid out in a set. */
export interface Example {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly label: number;
  readonly group?: number;
}

/** @param tokensPerExample at least the length of the longest example */
export function toExampleSet(
  examples: readonly Example[],
  tokensPerExample: number,
  padding: number,
): ExampleSet {
  const tokens = new Int32Array(examples.length * tokensPerExample).fill(padding);
  for (const [i, { prompt, answer }] of examples.entries()) {
    tokens.set(prompt, i * tokensPerExample);
    tokens.set(answer, i * tokensPerExample + prompt.length);
  }
  const isGrouped = examples.every(({ group }) => group !== undefined);
  return {
    tokensPerExample,
    tokens,
    promptLength: Int32Array.from(examples, ({ prompt }) => prompt.length),
    length: Int32Array.from(examples, ({ prompt, answer }) => prompt.length + answer.length),
    label: Int32Array.from(examples, ({ label }) => label),
    ...(isGrouped && { group: Int32Array.from(examples, ({ group }) => group!) }),
  };
}

const FIELDS = ['tokens', 'promptLength', 'length', 'label'] as const;

export async function writeExampleSet(path: string, set: ExampleSet): Promise<void> {
  const n = exampleCount(set);
  const tensors = new Map<string, StoredTensor>(
    FIELDS.map((field) => [
      field,
      { dtype: 'I32', shape: field === 'tokens' ? [n, set.tokensPerExample] : [n], data: set[field] },
    ]),
  );
  if (set.group) tensors.set('group', { dtype: 'I32', shape: [n], data: set.group });
  await writeFile(path, encodeSafetensors(tensors));
}

/** Throws `TinyError` when the file is not a whole example set. */
export async function readExampleSet(path: string): Promise<ExampleSet> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw notExamples(path, cause);
  });
  const { tensors } = decodeSafetensors(bytes, path);
  const [n, tokensPerExample] = tensors.get('tokens')?.shape ?? [];
  if (n === undefined || tokensPerExample === undefined) throw notExamples(path);
  const field = (name: (typeof FIELDS)[number] | 'group'): Int32Array => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== 'I32' || tensor.shape[0] !== n) throw notExamples(path);
    return tensor.data;
  };
  return {
    tokensPerExample,
    tokens: field('tokens'),
    promptLength: field('promptLength'),
    length: field('length'),
    label: field('label'),
    ...(tensors.has('group') && { group: field('group') }),
  };
}

const notExamples = (path: string, cause?: unknown): TinyError =>
  new TinyError(
    `${path} does not hold a set of examples`,
    'remove its folder and run `tinyllm prepare` again',
    {
      cause,
    },
  );
