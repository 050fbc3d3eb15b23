import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Reads TypeScript where there are sources: in tests and development. A package has JavaScript and needs none. */
const SOURCE_LOADER = 'tsx/esm/api';

/**
 * Starts a thread of a module beside the one that asks: `thread(import.meta.url, './worker')`.
 *
 * The parent's loader does not reach a worker, and Node 20 takes none from its `execArgv`: a line of code installs one.
 *
 * @param module without its extension, which is that of the asking module
 */
export function thread(from: string, module: string, options: WorkerOptions): Worker {
  if (!from.endsWith('.ts')) return new Worker(new URL(`${module}.js`, from), options);
  const loader = JSON.stringify(SOURCE_LOADER);
  const entry = JSON.stringify(new URL(`${module}.ts`, from));
  const boot = `import(${loader}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(boot, { ...options, eval: true });
}
