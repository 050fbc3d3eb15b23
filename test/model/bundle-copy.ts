import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type BundleManifest, type GoldenExample, manifestDigest, sha256 } from '../../model/bundle.ts';
import { REPOSITORY } from '../tools.ts';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** A copy of a shipped bundle, to be damaged. */
export class BundleCopy {
  readonly folder: string;

  constructor(name = 'gesture') {
    const root = mkdtempSync(join(tmpdir(), 'tinyllm-bundle-'));
    roots.push(root);
    this.folder = join(root, name);
    cpSync(join(REPOSITORY, 'models', name), this.folder, { recursive: true });
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  get manifest(): BundleManifest {
    return JSON.parse(readFileSync(this.path('manifest.json'), 'utf8')) as BundleManifest;
  }

  get golden(): GoldenExample[] {
    return JSON.parse(readFileSync(this.path('golden.json'), 'utf8')) as GoldenExample[];
  }

  /** The manifest with some keys changed, whether that makes sense or not. */
  changeManifest(changes: Record<string, unknown>): this {
    const changed = { ...this.manifest, ...changes };
    writeFileSync(
      this.path('manifest.json'),
      JSON.stringify({ ...changed, digest: changes.digest ?? manifestDigest(changed) }),
    );
    return this;
  }

  /** A file with other content and a checksum that fits it. */
  replace(file: string, content: string | Uint8Array): this {
    writeFileSync(this.path(file), content);
    return this.changeManifest({ files: { ...this.manifest.files, [file]: sha256(content) } });
  }
}
