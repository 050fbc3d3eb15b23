import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../protocols/errors.ts';
import { GOLDEN } from './bundle.ts';
import { fetchAnew, parse, unreadable } from './checked-folder.ts';
import { BASE_FORMAT, type SharedBase } from './shared-base.ts';

/** A prompt with what each variant of a language model must say to it on every machine. */
export type LanguageExample = z.infer<typeof languageExample>;

const languageExample = z.strictObject({
  prompt: z.string().min(1),
  /** The prompt's ids. */
  tokens: z.array(z.int()).min(1),
  variants: z.record(
    z.string(),
    z.strictObject({
      /** The most probable token, then the most probable one after that, .. */
      continuation: z.array(z.int()).min(1),
      /** Mean of -ln of their probabilities. */
      nats: z.number().min(0),
    }),
  ),
});

/** None where the base has no such file, as that of tasks. */
export async function readLanguageGolden({ folder, manifest }: SharedBase): Promise<LanguageExample[]> {
  if (!Object.hasOwn(manifest.files, GOLDEN)) return [];
  const path = join(folder, GOLDEN);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const examples = parse(path, z.array(languageExample).min(1), bytes, BASE_FORMAT);
  for (const { name } of manifest.variants) {
    if (examples.every(({ variants }) => Object.hasOwn(variants, name))) continue;
    throw new TinyError(`${path} does not say what variant ${name} must write`, fetchAnew);
  }
  return examples;
}
