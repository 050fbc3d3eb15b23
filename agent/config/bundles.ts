import { resolve } from 'node:path';
import { z } from 'zod';
import { filePath } from './values.ts';

export const variant = z.string().min(1);

/** One bundle of several. */
const namedModel = z.strictObject({
  bundle: filePath.describe('The folder of the model.'),
  variant: variant.optional().describe('Which of its variants; its default when absent.'),
});

export const bundle = z
  .union([filePath, z.array(z.union([filePath, namedModel])).min(1)])
  .describe('The folder of the model; a list of folders where boards are answered by several tasks.');

/** A model by its folder and, where it is not the default one, its variant. */
export interface NamedModel {
  readonly bundle: string;
  readonly variant?: string | undefined;
}

/** What a configuration says of its models. */
export interface NamedModels {
  readonly bundle: z.output<typeof bundle>;
  readonly variant?: string | undefined;
}

/** The models of a configuration, one for each task, in its order. */
export function modelsOf({ bundle, variant }: NamedModels): NamedModel[] {
  if (typeof bundle === 'string') return [{ bundle, variant }];
  return bundle.map((one) => (typeof one === 'string' ? { bundle: one } : one));
}

/** With absolute paths. */
export function bundlePaths(folder: string, named: NamedModels['bundle']): NamedModels['bundle'] {
  if (typeof named === 'string') return resolve(folder, named);
  return named.map((one) =>
    typeof one === 'string' ? resolve(folder, one) : { ...one, bundle: resolve(folder, one.bundle) },
  );
}
