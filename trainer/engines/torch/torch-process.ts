import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TinyError } from '../../../protocols/errors.ts';

/** Path of `pretrain.py`. */
export const PRETRAIN_PROGRAM = fileURLToPath(new URL('./pretrain.py', import.meta.url));

const count = z.int().min(0);
const validation = { step: count, lossNats: z.number(), bitsPerByte: z.number() };

/** A line of `pretrain.py` (events.py). */
const torchEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started'), totalTokens: count, tokensDone: count }),
  z.object({
    event: z.literal('step'),
    step: count,
    tokens: count,
    lossNats: z.number(),
    gradNorm: z.number(),
    isSkipped: z.boolean(),
  }),
  z.object({ event: z.literal('validated'), ...validation }),
  z.object({ event: z.literal('saved'), step: count }),
  z.object({ event: z.literal('ended'), ...validation }),
  z.object({
    event: z.literal('error'),
    message: z.string(),
    hint: z.string(),
    exitCode: z.union([z.literal(1), z.literal(2), z.literal(78)]),
  }),
]);

type TorchEvent = z.infer<typeof torchEvent>;
type TorchError = Extract<TorchEvent, { event: 'error' }>;
/** What a watcher learns of. */
export type Report = Exclude<TorchEvent, TorchError>;

/** torchrun, as a module: it need not be on the PATH. Its processes meet at any port that is free. */
const TORCHRUN = [
  ...['-m', 'torch.distributed.run', '--monitor_interval=0.5'],
  ...['--rdzv_backend=c10d', '--rdzv_endpoint=localhost:0'],
];
/**
 * Where output goes, of a process that there is not. PyTorch 1.13 cannot read its own default of these under Python 3.11.
 */
const REDIRECTS = ['--redirects=9:1', '--tee=9:1'];

/** One process is started plainly, several by torchrun. */
function torchCommand(job: string, processes: number): string[] {
  const program = [PRETRAIN_PROGRAM, job, '--attended'];
  if (processes === 1) return program;
  const redirects = processes < 10 ? REDIRECTS : [];
  return [...TORCHRUN, ...redirects, `--nproc_per_node=${processes}`, ...program];
}

export interface TorchProcess {
  readonly python: string;
  readonly processes: number;
  /** Path of the job file. */
  readonly job: string;
  /** What the processes say beside events goes to this file. */
  readonly log: string;
}

/**
 * Runs `pretrain.py` and hands its events over one by one; after `saved` it waits until the watcher is done. When the signal is
 * aborted it is asked to stop. Resolves when it has ended well or was stopped, else rejects with a `TinyError`.
 */
export async function runTorch(
  { python, processes, job, log }: TorchProcess,
  watch: (event: Report) => Promise<void> | void,
  signal: AbortSignal,
): Promise<void> {
  const said = await open(log, 'w');
  try {
    const child = spawn(python, torchCommand(job, processes), {
      stdio: ['pipe', 'pipe', said.fd],
      // A group of its own: Ctrl-C is for this process, which passes it on.
      detached: true,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const [failure, [status, killedBy]] = await Promise.all([followed(child, watch, said), closed]).finally(
      () => signal.removeEventListener('abort', stop),
    );
    if (failure) throw failure;
    if (status === 0 || signal.aborted) return;
    throw processes === 1
      ? await diedSilently(log, killedBy === null ? `with status ${status}` : `by ${killedBy}`)
      : lost(processes, log);
  } finally {
    await said.close();
  }
}

/** Until it tells no more. @returns the first error it told */
async function followed(
  child: ChildProcess,
  watch: (event: Report) => Promise<void> | void,
  said: FileHandle,
): Promise<TinyError | undefined> {
  const [stdin, stdout] = [child.stdin!, child.stdout!];
  let failure: TinyError | undefined;
  // It may be gone before it has read the answer.
  stdin.on('error', () => undefined);
  try {
    for await (const line of createInterface({ input: stdout })) {
      const event = parseEvent(line);
      if (event === undefined) await said.write(`${line}\n`);
      else if (event.event === 'error') failure ??= asError(event);
      else await watch(event);
      if (event?.event === 'saved') stdin.write('\n');
    }
    return failure;
  } catch (error) {
    // With nobody who listens it ends by itself.
    stdout.destroy();
    child.kill('SIGTERM');
    throw error;
  } finally {
    stdin.end();
  }
}

/** Undefined: a line of somebody else, such as a library's warning. */
function parseEvent(line: string): TorchEvent | undefined {
  if (!line.startsWith('{"event":')) return undefined;
  return torchEvent.parse(JSON.parse(line));
}

const asError = ({ message, hint, exitCode }: TorchError): TinyError =>
  new TinyError(message, hint, { exitCode });

async function diedSilently(log: string, how: string): Promise<TinyError> {
  const last = (await readFile(log, 'utf8')).trim().split('\n').at(-1);
  return new TinyError(`the training process ended ${how}${last ? `: ${last}` : ''}`, afterDeath(log));
}

const lost = (processes: number, log: string): TinyError =>
  new TinyError(`one of ${processes} training processes was lost, and the others ended`, afterDeath(log));

const afterDeath = (log: string): string =>
  `${log} has all that was said; the same command goes on from the last checkpoint`;
