import { readFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors } from '../model/safetensors.ts';
import { TinyError } from '../protocols/errors.ts';
import { writeWhole } from './write-whole.ts';

/** What other models make of each example of a set; a student learns it beside the truth (Hinton et al., 2015). */
export interface SoftTargets {
  /** Probability of each label, row-major (examples, labels). */
  readonly probabilities: Float32Array;
  readonly labels: number;
}

const TENSOR = 'probabilities';

export async function writeSoftTargets(path: string, { probabilities, labels }: SoftTargets): Promise<void> {
  const shape = [probabilities.length / labels, labels];
  await writeWhole(
    path,
    encodeSafetensors(new Map([[TENSOR, { dtype: 'F32', shape, data: probabilities }]])),
  );
}

/** Throws `TinyError` when the file does not hold targets for that many examples. */
export async function readSoftTargets(path: string, examples: number): Promise<SoftTargets> {
  const tensor = decodeSafetensors(await readFile(path), path).tensors.get(TENSOR);
  const [rows, labels] = tensor?.shape ?? [];
  if (tensor?.dtype !== 'F32' || rows !== examples || labels === undefined) {
    throw new TinyError(
      `${path} does not hold soft targets for ${examples} examples`,
      'remove its folder and run again',
    );
  }
  return { probabilities: tensor.data, labels };
}

/** The mean of what several models say, in double precision. */
export function meanTargets(members: readonly SoftTargets[]): SoftTargets {
  const { probabilities, labels } = members[0]!;
  const mean = probabilities.map(
    (_, i) => members.reduce((sum, member) => sum + member.probabilities[i]!, 0) / members.length,
  );
  return { probabilities: mean, labels };
}
