import { join } from 'node:path';
import { type Bundle, chooseVariant } from './bundle.ts';
import type { SharedBase, SharedBaseManifest } from './shared-base.ts';

/** What a variant of a bundle is run from. */
export interface ModelFiles {
  readonly modelPath: string;
  /** Where the model is a base that many share. */
  readonly adapterPath?: string;
}

/** The default variant unless one is named. Throws `TinyError` when there is no such variant. */
export function modelFiles(model: Bundle | SharedBase, variant?: string): ModelFiles {
  const { name, file } = chooseVariant<{ readonly name: string; readonly file: string }>(model, variant);
  const own = join(model.folder, file);
  const base = 'base' in model ? model.base : undefined;
  if (!base) return { modelPath: own };
  return { modelPath: join(base.folder, ofBase(base.manifest, name).file), adapterPath: own };
}

/** SHA-256 of the file at `modelPath`: what it stands for can be loaded once for all. */
export function modelHash(bundle: Bundle, variant?: string): string {
  const { name, file } = chooseVariant(bundle, variant);
  return bundle.manifest.base?.sha256[name] ?? bundle.manifest.files[file]!;
}

/** Bytes of all files that are loaded. */
export function modelBytes(model: Bundle | SharedBase, variant?: string): number {
  const { name, fileBytes } = chooseVariant<{ readonly name: string; readonly fileBytes: number }>(
    model,
    variant,
  );
  const base = 'base' in model ? model.base : undefined;
  return fileBytes + (base ? ofBase(base.manifest, name).fileBytes : 0);
}

/** There is one: a bundle is opened only with a base that has all its variants. */
const ofBase = ({ variants }: SharedBaseManifest, name: string) =>
  variants.find((variant) => variant.name === name)!;
