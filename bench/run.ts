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
  'shared-base': async () => {
    const { sharedBaseFigures } = await import('./serve/sections/shared-base.ts');
    return ({ quick }) => sharedBaseFigures(quick);
  },
  train: async () => (await import('./train/bench.ts')).trainBench,
};

const FLAGS = ['--json', '--quick', '--save'];

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof TinyError)) throw error;
  process.stderr.write(`${error.message}\nhint: ${error.hint}\n`);
  return error.exitCode;
});

async function main([name = '', ...flags]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (!load || unknown !== undefined) {
    throw usageError(
      load ? `there is no flag ${unknown}` : `there is no bench "${name}"`,
      `npm run -s bench -- ${Object.keys(BENCHES).join('|')} [--json] [--quick | --save]`,
    );
  }
  const measure = await load();
  const startMs = Date.now();
  const quick = flags.includes('--quick');
  const figures = await measure({ quick });
  if (flags.includes('--save') && !quick) await saveResult(name, figures, startMs);
  const text = flags.includes('--json') ? JSON.stringify({ bench: name, figures }) : figureTable(figures);
  process.stdout.write(`${text}\n`);
  return figures.some(({ holds }) => holds === false) ? 1 : 0;
}
