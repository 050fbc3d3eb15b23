/**
 * Compiles the sources as they are and runs `bench/run` of them: what is measured is JavaScript, as people run it, and
 * not a loader. The types are `npm run typecheck`'s business.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Inside the repository, where packages and `package.json` are found; ignored by git. */
const FOLDER = join(ROOT, `.dist-bench-${process.pid}`);

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const settings = {
  extends: '../tsconfig.json',
  compilerOptions: { noEmit: false, noCheck: true, rootDir: '..', outDir: '.' },
  include: [
    '../agent',
    '../bench',
    '../commandline',
    '../firmware-bridge',
    '../model',
    '../pipeline',
    '../protocols',
    '../trainer',
  ],
};

mkdirSync(FOLDER);
try {
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(settings));
  const compiled = spawnSync(process.execPath, [compiler, '-p', FOLDER], { stdio: ['ignore', 2, 2] });
  process.exitCode = compiled.status === 0 ? run(join(FOLDER, 'bench/run.js')) : (compiled.status ?? 1);
} finally {
  rmSync(FOLDER, { recursive: true, force: true });
}

function run(script) {
  return spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
}
