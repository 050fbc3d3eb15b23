import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../commandline/package.ts';

/** Also where this file has been compiled into another folder. */
const PACKAGE = join(packageRoot(), 'bench/peers/node_modules/node-llama-cpp');

/** Has it been installed, with `npm ci --prefix bench/peers`? */
export const isInstalled = (): boolean => existsSync(PACKAGE);

/** The package's binary for the CPU as it brings it: nothing is built or fetched. `Llama` is what is used of it. */
export async function startNodeLlamaCpp<Llama>(): Promise<Llama> {
  const { getLlama } = (await import(pathToFileURL(join(PACKAGE, 'dist/index.js')).href)) as {
    getLlama(options: Readonly<Record<string, unknown>>): Promise<Llama>;
  };
  return getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: 'error' });
}
