import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Failure, toError } from '../../model/runtime/failure.ts';
import type { LoadTime } from './load-time.ts';
import type { MemoryUse } from './memory.ts';
import type { Speed } from './speed.ts';
import type { Subject } from './subject.ts';

/** What can be measured in a process of its own. */
export interface Measurements {
  readonly load: LoadTime;
  readonly memory: MemoryUse;
  readonly speed: Speed;
}

export type What = keyof Measurements;

/** What the process is told .. */
export interface Job {
  readonly what: What;
  readonly subject: Subject;
}

/** .. and what it answers. */
export type JobReply = { readonly result: Measurements[What] } | { readonly failure: Failure };

/**
 * Measure a model in a fresh process, where nothing else has left its traces: memory that is not given back, code that
 * is loaded already. Throws `TinyError` when the model cannot be run, and the signal's reason when it is aborted; the
 * process is ended with it.
 */
export async function measureAlone<W extends What>(
  what: W,
  subject: Subject,
  signal: AbortSignal,
): Promise<Measurements[W]> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = startProcess(signal);
    // Node rejects with an error of its own; who interrupted is in the reason.
    child.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    child.once('exit', (code) =>
      reject(new Error(`the process that measures ${subject.model.modelPath} exits ${code}`)),
    );
    child.once('message', (reply: JobReply) => {
      if ('result' in reply) resolve(reply.result as Measurements[W]);
      else reject(toError(reply.failure));
      child.disconnect();
    });
    child.send({ what, subject } satisfies Job);
  });
}

/** Reads TypeScript where there are sources: in tests and development. */
const SOURCE_LOADER = 'tsx/esm';

function startProcess(signal: AbortSignal) {
  const fromSources = import.meta.url.endsWith('.ts');
  const entry = new URL(`./alone-process.${fromSources ? 'ts' : 'js'}`, import.meta.url);
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve(SOURCE_LOADER)).href;
  return fork(fileURLToPath(entry), [], { signal, execArgv: fromSources ? ['--import', loader()] : [] });
}
