/**
 * Builds `dist/` from the TypeScript sources, or does nothing when `dist/` was made from the same inputs.
 *
 * It runs on every `npm ci` and before every `npm test`, so it must be cheap when nothing changed, must leave
 * the old `dist/` alone when the sources do not compile, and may run twice at once: each build has a folder of
 * its own and the last one to finish is the one that stays.
 *
 * Plain JavaScript, Node only: it must run before anything is built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, 'dist');
const STAMP = '.inputs';
const SOURCE_FOLDERS = [
  'agent',
  'commandline',
  'firmware-bridge',
  'model',
  'pipeline',
  'protocols',
  'trainer',
];
const SETTINGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'];
const TEMPORARY = /^\.dist-(\d+)(\.old\d*)?$/;

build();

function build() {
  const sources = sourceFiles();
  const inputs = hashOf([...SETTINGS, ...sources]);
  if (readIfThere(join(DIST, STAMP)) === inputs) return;

  const compiler = findCompiler();
  if (compiler === undefined) return explainMissingCompiler();

  removeLeftovers();
  const fresh = join(ROOT, `.dist-${process.pid}`);
  try {
    if (!compiles(compiler, fresh)) return;
    for (const asset of sources.filter(isAsset)) {
      mkdirSync(dirname(join(fresh, asset)), { recursive: true });
      cpSync(join(ROOT, asset), join(fresh, asset));
    }
    makeExecutable(join(fresh, 'cli.js'));
    writeFileSync(join(fresh, STAMP), inputs);
    swapIn(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Everything that decides what `dist/` holds, as sorted paths relative to the root. */
function sourceFiles() {
  const files = SOURCE_FOLDERS.flatMap((folder) => walk(join(ROOT, folder))).map((path) =>
    relative(ROOT, path),
  );
  return ['cli.ts', ...files].sort();
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== '__pycache__')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}

/** What lies beside the code and is not TypeScript ships beside it: pages, styles, sketches, scripts of the engines. */
function isAsset(path) {
  return !path.endsWith('.ts');
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = readIfThere(join(ROOT, path));
    hash.update(`${path}\0${content?.length ?? 'absent'}\0`).update(content ?? '');
  }
  return hash.digest('hex');
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function findCompiler() {
  const require = createRequire(join(ROOT, 'package.json'));
  try {
    const manifest = require.resolve('typescript/package.json');
    return join(dirname(manifest), require(manifest).bin.tsc);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** After `npm ci --omit=dev` there is no compiler: an existing build is good enough, none is an error. */
function explainMissingCompiler() {
  if (existsSync(join(DIST, 'cli.js'))) return;
  console.error('error: nothing is built yet and the TypeScript compiler is not installed');
  console.error('hint: run `npm ci` (with development dependencies), or install the packed tarball');
  process.exitCode = 1;
}

/** The compiler prints what is wrong itself. */
function compiles(compiler, outDir) {
  const options = ['--project', join(ROOT, 'tsconfig.build.json'), '--outDir', outDir];
  const { status, error } = spawnSync(process.execPath, [compiler, ...options], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (error) throw error;
  if (status === 0) return true;
  console.error('error: the sources do not compile; dist/ was left as it was');
  process.exitCode = 1;
  return false;
}

function makeExecutable(path) {
  const shebang = '#!/usr/bin/env node\n';
  const code = readFileSync(path, 'utf8');
  writeFileSync(path, code.startsWith('#!') ? code : shebang + code);
  chmodSync(path, 0o755);
}

/** A folder cannot be renamed over a full one, so the old one steps aside first; another build may step in between. */
function swapIn(fresh) {
  for (let attempt = 0; ; attempt++) {
    const old = `${fresh}.old${attempt}`;
    try {
      renameSync(DIST, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    try {
      renameSync(fresh, DIST);
      return;
    } catch (error) {
      const beaten = error.code === 'ENOTEMPTY' || error.code === 'EEXIST';
      if (!beaten || attempt === 100) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Removes the folders of builds that were killed. */
function removeLeftovers() {
  for (const name of readdirSync(ROOT)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(join(ROOT, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
