import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { REPOSITORY, requireTool } from '../../tools.ts';

export const SKETCHES = join(REPOSITORY, 'firmware-bridge', 'sketches');
export const FIXTURES = join(REPOSITORY, 'test', 'fixtures', 'sketches');

/** What we ask of C++ that others put into their firmware. */
export const STRICT = ['-std=c++11', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror'];

/** Compile test/fixtures/sketches/board.cpp as `board` in a folder; returns the program. Once for each folder. */
export async function compileBoard(test: TestContext, folder: string): Promise<string> {
  const compiler = requireTool('g++', test);
  const program = join(folder, 'board');
  if (existsSync(program)) return program;
  await promisify(execFile)(compiler, [
    ...STRICT,
    '-fno-exceptions',
    '-fno-rtti',
    '-fsanitize=undefined',
    '-fno-sanitize-recover',
    `-I${SKETCHES}`,
    join(FIXTURES, 'board.cpp'),
    '-o',
    program,
  ]);
  return program;
}
