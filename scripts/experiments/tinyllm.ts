import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));

/** Runs a command in a process of its own, its progress on this terminal. Resolves to the JSON it prints; rejects when it fails. */
export async function tinyllm(command: string, flags: readonly string[]): Promise<unknown> {
  const args = ['--import', 'tsx', CLI, command, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`tinyllm ${command} ended with status ${code}`);
  return JSON.parse(printed);
}
