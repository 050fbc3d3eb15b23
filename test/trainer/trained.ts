import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { RandomStream } from '../../model/random.ts';
import { REPOSITORY } from '../tools.ts';

/** The command line as it is installed, in a process of its own. */
export const start = (...argv: string[]): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, [join(REPOSITORY, 'dist', 'cli.js'), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

export async function ended(child: ReturnType<typeof start>) {
  const [stdout, stderr, [exit, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exit: exit as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
}

export const tinyllm = (...argv: string[]) => ended(start(...argv));

/** Where the last checkpoint of an unfinished stage stands; 0 before the first. */
export const checkpointStep = (partial: string): Promise<number> =>
  readFile(join(partial, 'checkpoint', 'state.json'), 'utf8').then(
    (state) => (JSON.parse(state) as { step: number }).step,
    () => 0,
  );

/**
 * Starts a training and kills it, again and again, each time somewhere after the checkpoint of another part of it and before
 * the last one. The training is to be finished by whoever asked.
 */
export async function killAgainAndAgain(
  argv: readonly string[],
  { partial, steps, kills }: { partial: string; steps: number; kills: number },
): Promise<void> {
  const random = RandomStream.seeded(Date.now());
  for (let kill = 1; kill <= kills; kill++) {
    const child = start(...argv);
    const result = ended(child);
    const step = ((kill - 0.5) * steps) / (kills + 1);
    while ((await checkpointStep(partial)) < step && child.exitCode === null) await sleep(2);
    await sleep(40 * random.uniform());
    child.kill('SIGKILL');
    expect((await result).signal).toBe('SIGKILL');
  }
}

/** The local recipe without its folds, or with a model that learns in a second for `tinySteps` steps. */
export async function writeLocalRecipe(
  folder: string,
  { tinySteps, folds = false }: { tinySteps?: number; folds?: boolean } = {},
): Promise<string> {
  const path = join(folder, `local-${tinySteps ?? 'full'}.yaml`);
  const shipped = await readFile(join(REPOSITORY, 'configs', 'recipes', 'local.yaml'), 'utf8');
  let text = shipped.replace('../tasks/', join(REPOSITORY, 'configs', 'tasks/'));
  if (!folds) text = text.replace(/^crossValidation: .*/m, '');
  if (tinySteps !== undefined) {
    text = text
      .replace(/^model: .*/m, 'model: { layers: 1, width: 32, heads: 1 }')
      .replace(/^ {2}steps: .*/m, `  steps: ${tinySteps}`)
      .replace(/^ {2}evaluateEvery: .*/m, '  evaluateEvery: 20')
      .replace(/^quantize: .*/m, '');
  }
  await writeFile(path, text);
  return path;
}

/**
 * Every file of a finished run, by its path. What a clock measured is blotted out, and with it the hashes over it:
 * latencies, rates and memory in report, table, manifest and card; the page and the training's time are left out.
 */
export async function filesOfRun(out: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const isText = /\.(json|jsonl|md)$/.test(path);
    files.set(relative(out, path), isText ? untimed(bytes.toString('utf8')) : bytes.toString('base64'));
  }
  for (const stage of ['evaluate', 'bundle']) files.delete(join(stage, 'stamp.json'));
  for (const timed of ['report.html', join('finetune', 'time.json')]) files.delete(timed);
  return files;
}

const untimed = (text: string): string =>
  text
    .replace(/"(p50|p95|tokensPerS|peakMemoryMb|trainMs)": ?[\d.e-]+/g, '"$1": 0')
    .replace(/"(card.md|digest)": "\w+"/g, '"$1": ""')
    .replace(/[\d.]+ \/ [\d.]+ \| \d+ \| \d+ \|/g, '');
