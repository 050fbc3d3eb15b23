import { join } from 'node:path';
import { type Bundle, chooseVariant } from './bundle.ts';
import type { SharedBaseManifest } from './shared-base.ts';

/** What a variant of a bundle is run from. */
export interface ModelFiles {
  readonly modelPath: string;
  /** Where the model is a base that many share. */
  readonly adapterPath?: string;
}

/** The bundle's default variant unless one is named. Throws `TinyError` when it has no such variant. */
export function modelFiles(bundle: Bundle, variant?: string): ModelFiles {
  const { name, file } = chooseVariant(bundle, variant);
  const own = join(bundle.folder, file);
  if (!bundle.base) return { modelPath: own };
  return { modelPath: join(bundle.base.folder, ofBase(bundle.base.manifest, name).file), adapterPath: own };
}

/** SHA-256 of the file at `modelPath`: what it stands for can be loaded once for all. */
export function modelHash(bundle: Bundle, variant?: string): string {
  const { name, file } = chooseVariant(bundle, variant);
  return bundle.manifest.base?.sha256[name] ?? bundle.manifest.files[file]!;
}

/** Bytes of all files that are loaded. */
export function modelBytes(bundle: Bundle, variant?: string): number {
  const { name, fileBytes } = chooseVariant(bundle, variant);
  return fileBytes + (bundle.base ? ofBase(bundle.base.manifest, name).fileBytes : 0);
}

/** There is one: a bundle is opened only with a base that has all its variants. */
const ofBase = ({ variants }: SharedBaseManifest, name: string) =>
  variants.find((variant) => variant.name === name)!;
