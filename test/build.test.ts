import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const SETTINGS = ['scripts/build.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];

describe('scripts/build.mjs', () => {
  let root: string;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const build = () => spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, encoding: 'utf8' });
  const runBuilt = () => spawnSync(join(root, 'dist/cli.js'), { encoding: 'utf8' }).stdout;
  const builtAtMs = () => statSync(join(root, 'dist/.inputs')).mtimeMs;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tinyllm-build-'));
    for (const path of SETTINGS) cpSync(join(REPOSITORY, path), join(root, path));
    symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
    write('protocols/word.ts', "export const word: string = 'hello';\n");
    write('cli.ts', "import { word } from './protocols/word.ts';\n\nconsole.log(word);\n");
    write('agent/dashboard/page.html', '<p>page</p>');
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('compiles to an executable with its assets, and leaves nothing else', () => {
    expect(build()).toMatchObject({ status: 0, stderr: '' });
    expect(runBuilt()).toBe('hello\n');
    accessSync(join(root, 'dist/cli.js'), constants.X_OK);
    expect(readFileSync(join(root, 'dist/agent/dashboard/page.html'), 'utf8')).toBe('<p>page</p>');
    expect(readdirSync(root).filter((name) => name.startsWith('.dist'))).toEqual([]);
  });

  it('does nothing when nothing changed, and builds when a source or an asset did', () => {
    build();
    const first = builtAtMs();
    build();
    expect(builtAtMs()).toBe(first);

    write('protocols/word.ts', "export const word: string = 'changed';\n");
    build();
    expect(runBuilt()).toBe('changed\n');

    write('agent/dashboard/page.html', '<p>new</p>');
    build();
    expect(readFileSync(join(root, 'dist/agent/dashboard/page.html'), 'utf8')).toBe('<p>new</p>');
  });

  it('forgets what is no longer in the sources', () => {
    build();
    rmSync(join(root, 'agent'), { recursive: true });
    build();
    expect(existsSync(join(root, 'dist/agent'))).toBe(false);
  });

  it('fails on a type error with the words of the compiler, and keeps the last good build', () => {
    build();
    write('protocols/word.ts', 'export const word: string = 1;\n');
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toMatch(/protocols\/word\.ts\(1,14\): error TS2322/);
    expect(runBuilt()).toBe('hello\n');
  });

  it('without a compiler keeps what is built, or says what to do', () => {
    build();
    rmSync(join(root, 'node_modules'));
    write('protocols/word.ts', "export const word: string = 'changed';\n");
    expect(build()).toMatchObject({ status: 0, stderr: '' });
    expect(runBuilt()).toBe('hello\n');

    rmSync(join(root, 'dist'), { recursive: true });
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: nothing is built yet.*\nhint: run `npm ci`/);
  });

  it('builds at the same time do not harm each other', async () => {
    const builds = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'ignore' }),
    );
    const exits = await Promise.all(builds.map((child) => once(child, 'close')));
    expect(exits).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(runBuilt()).toBe('hello\n');
    expect(readdirSync(root).filter((name) => name.startsWith('.dist'))).toEqual([]);
  });

  it('clears away what a killed build left', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    write(`.dist-${pid}/cli.js`, 'half');
    build();
    expect(existsSync(join(root, `.dist-${pid}`))).toBe(false);
  });
});
