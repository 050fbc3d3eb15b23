import { readFileSync } from 'node:fs';
import { generate } from '../../model/runtime/generator.ts';
import { GptSession } from '../../model/runtime/gpt-session.ts';
import { LabelScorer } from '../../model/runtime/label-scorer.ts';
import { quantile } from '../fit-quantisers.ts';
import type { CostJob, CostReply } from './measure-cost.ts';
import type { VariantCost } from './variant-table.ts';

// A process of its own, started by measure-cost.ts: one job in, its figures out.

const WARM_UP_WINDOWS = 5;
const WINDOWS = 200;
const GENERATED_TOKENS = 200;
/** Large models are not asked for all of the above. */
const PATIENCE_MS = 4000;

// Ctrl-C reaches every process of a terminal; this one is ended by its parent, or with it.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

process.once('message', async (job: CostJob) => {
  const reply: CostReply = await measure(job).then(
    (cost) => ({ cost }),
    (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }),
  );
  process.send!(reply);
});

async function measure({ modelPath, shape, task, windows }: CostJob): Promise<VariantCost> {
  const session = await GptSession.load(modelPath, shape, 1);
  const scorer = await LabelScorer.create(session, task);
  const latencyMs = await windowLatency(scorer, windows);
  const tokensPerS = await generationRate(session, [...task.prefix, ...windows[0]!]);
  return { latencyMs, tokensPerS, peakMemoryMb: peakMemoryBytes() / 1e6 };
}

async function windowLatency(
  scorer: LabelScorer,
  windows: CostJob['windows'],
): Promise<VariantCost['latencyMs']> {
  const latenciesMs: number[] = [];
  const endMs = performance.now() + PATIENCE_MS;
  for (let i = 0; i < WARM_UP_WINDOWS + WINDOWS && (i <= WARM_UP_WINDOWS || performance.now() < endMs); i++) {
    const startMs = performance.now();
    scorer.open(i);
    await scorer.push(i, windows[i % windows.length]!);
    await scorer.score(i);
    if (i >= WARM_UP_WINDOWS) latenciesMs.push(performance.now() - startMs);
  }
  latenciesMs.sort((a, b) => a - b);
  return { p50: quantile(latenciesMs, 0.5), p95: quantile(latenciesMs, 0.95) };
}

/** Tokens per second after the prompt has been read, which is half of the context or the window, whichever is less. */
async function generationRate(session: GptSession, tokens: readonly number[]): Promise<number> {
  const prompt = tokens.slice(0, Math.ceil(session.shape.context / 2));
  const options = { maxTokens: GENERATED_TOKENS, temperature: 0, seed: 1, stopToken: -1 };
  const endMs = performance.now() + PATIENCE_MS;
  let count = 0;
  let elapsedMs = 0;
  do {
    let lastMs: number | undefined;
    for await (const _ of generate(session, prompt, options)) {
      const nowMs = performance.now();
      if (lastMs !== undefined) {
        elapsedMs += nowMs - lastMs;
        count++;
      }
      lastMs = nowMs;
      if (nowMs > endMs) break;
    }
  } while (count < GENERATED_TOKENS && performance.now() < endMs);
  return (1000 * count) / elapsedMs;
}

/** Linux keeps the peak of this program; what `getrusage` gives begins with that of the parent which forked it. */
function peakMemoryBytes(): number {
  if (process.platform === 'linux') {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak) return 1024 * Number(peak[1]);
  }
  return 1024 * process.resourceUsage().maxRSS;
}
