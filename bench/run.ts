import { TinyError, usageError } from '../protocols/errors.ts';
import { type Figure, figureTable } from './figures.ts';
import { saveResult } from './save.ts';

type Bench = (options: { readonly quick: boolean }) => Promise<Figure[]>;

/**
 * `npm run -s bench -- <name> [--json] [--quick | --save]`: measures, prints figures beside their targets, and fails when
 * one is missed. `--quick` measures less, where a bench knows how: its figures are for whoever works on it. `--save` keeps
 * them in docs/bench/, and writes docs/benchmarks.md from what is there.
 */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  agent: async () => (await import('./agent/bench.ts')).agentBench,
  serve: async () => (await import('./serve/bench.ts')).serveBench,
};

const FLAGS = ['--json', '--quick', '--save'];

process.exitCode = await main(process.argv.slice(2));

async function main([name = '', ...flags]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (!load || unknown !== undefined) {
    const problem = unknown === undefined ? `there is no bench "${name}"` : `there is no flag ${unknown}`;
    const { message, hint, exitCode } = usageError(
      problem,
      `npm run -s bench -- ${Object.keys(BENCHES).join('|')} [--json] [--quick | --save]`,
    );
    process.stderr.write(`${message}\nhint: ${hint}\n`);
    return exitCode;
  }
  const measure = await load();
  const startMs = Date.now();
  const quick = flags.includes('--quick');
  const figures = await measure({ quick }).catch((error: unknown) => {
    if (error instanceof TinyError) return error;
    throw error;
  });
  if (figures instanceof TinyError) {
    process.stderr.write(`${figures.message}\nhint: ${figures.hint}\n`);
    return figures.exitCode;
  }
  if (flags.includes('--save') && !quick) await saveResult(name, figures, startMs);
  const text = flags.includes('--json') ? JSON.stringify({ bench: name, figures }) : figureTable(figures);
  process.stdout.write(`${text}\n`);
  return figures.some(({ holds }) => holds === false) ? 1 : 0;
}
