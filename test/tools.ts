import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { type LlamaCpp, startLlamaCpp } from '../bench/peers/llama-cpp.ts';
import { isInstalled } from '../bench/peers/node-llama-cpp.ts';

/** The root of the repository. */
export const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/**
 * What a test needs from its machine. On a laptop that lacks it the test is skipped, and the report says so; with
 * `CI` set it fails, so that nothing goes untested in silence.
 */
type Need = Pick<TestContext, 'skip'>;

/**
 * The path of a program such as `mosquitto`.
 *
 * @example it('relays', (test) => { const mosquitto = requireTool('mosquitto', test); ... })
 */
export const requireTool = (name: string, test: Need): string =>
  toolPath(name) ?? lacking(`${name} is not installed`, test);

/** The path of a program, undefined when it is not installed. */
export function toolPath(name: string): string | undefined {
  // Daemons live in sbin, which is not on every user's PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
}

/** The path of a data set: `requireData('gesture', test)`, from the folder that `sharedData` finds. */
export function requireData(name: string, test: Need): string {
  const folder = sharedData();
  if (folder === undefined)
    return lacking('the data sets are not there: set TINYLLM_DATA to their folder', test);
  const path = join(folder, name);
  return existsSync(path) ? path : lacking(`the data set ${name} is not in ${folder}`, test);
}

/** The folder of data sets: `TINYLLM_DATA`, else `../shared/data` beside the repository; undefined when absent. */
export function sharedData(): string | undefined {
  const path = process.env.TINYLLM_DATA ?? join(REPOSITORY, '..', 'shared', 'data');
  return existsSync(path) ? path : undefined;
}

/** A Python which has PyTorch: Debian's, with the package python3-torch. */
export function requirePyTorch(test: Need): string {
  const installed = existsSync('/usr/lib/python3/dist-packages/torch');
  return installed ? '/usr/bin/python3' : lacking('python3-torch is not installed', test);
}

/** llama.cpp; whoever asks closes it. */
export const requireLlamaCpp = (test: Need): Promise<LlamaCpp> =>
  isInstalled()
    ? startLlamaCpp()
    : lacking('llama.cpp is not installed: `npm ci --prefix bench/peers` on linux-x64', test);

function lacking(what: string, test: Need): never {
  if (process.env.CI) throw new Error(`${what}, and CI must have it`);
  test.skip(what);
  throw new Error('skip() did not end the test');
}
