import { openBundle } from '../../model/bundle.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { decodeTokensPerS } from '../../pipeline/measure/generation.ts';
import { lastSampleLatency } from '../../pipeline/measure/last-sample.ts';
import { median } from '../../pipeline/measure/quantiles.ts';
import { type Effort, repeat } from '../../pipeline/measure/repeat.ts';
import { type Subject, subjectOf } from '../../pipeline/measure/subject.ts';
import { windowsPerS } from '../../pipeline/measure/throughput.ts';
import { windowLatency } from '../../pipeline/measure/window-latency.ts';
import { servedModel } from './models.ts';
import { Opened } from './opened.ts';
import type { ModelChoice, Program } from './program.ts';
import { RandomPrompts } from './random-prompts.ts';

interface Served {
  readonly subject: Subject;
  readonly runtime: ModelRuntime;
  readonly prompts: RandomPrompts;
}

/** TinyLLM as its users have it: the runtime in its worker thread. */
export class OurProgram implements Program {
  readonly #opened = new Opened<Served>(async ({ size, format, threads }) => {
    const bundle = await openBundle((await servedModel(size)).bundle);
    const subject = await subjectOf(bundle, { variant: format, threads });
    const prompts = new RandomPrompts(subject.model.shape.vocab);
    return { subject, runtime: await ModelRuntime.start(subject.model), prompts };
  });

  async open(model: ModelChoice): Promise<string> {
    await this.#opened.get(model);
    return 'its prefix kept, in a worker thread';
  }

  async windowMs(model: ModelChoice, runs: number): Promise<number> {
    const { runtime, subject } = await this.#opened.get(model);
    return (await windowLatency(runtime, subject, allOf(runs))).p50;
  }

  async lastSampleMs(model: ModelChoice, runs: number): Promise<number> {
    const { runtime, subject } = await this.#opened.get(model);
    const windowMs = (await windowLatency(runtime, subject, allOf(1))).p50;
    return (await lastSampleLatency(runtime, subject, windowMs, allOf(runs))).p50;
  }

  async prefillMs(model: ModelChoice, tokens: number, runs: number): Promise<number> {
    const { runtime, prompts } = await this.#opened.get(model);
    const read = async (): Promise<number> => {
      const prompt = prompts.next(tokens);
      const startMs = performance.now();
      for await (const _ of runtime.generate(prompt, ONE_TOKEN)) break;
      return performance.now() - startMs;
    };
    return median(await repeat(read, allOf(runs)));
  }

  async decodeTokensPerS(model: ModelChoice, runs: number): Promise<number> {
    const { runtime, subject } = await this.#opened.get(model);
    return decodeTokensPerS(runtime, subject.model.shape, allOf(runs));
  }

  async windowsPerS(model: ModelChoice, boards: number, runs: number): Promise<number> {
    const { runtime, subject } = await this.#opened.get(model);
    return windowsPerS(runtime, subject, boards, allOf(boards * runs));
  }
}

const ONE_TOKEN = { maxTokens: 1, temperature: 0, seed: 1, stopToken: -1 };

/** The bench repeats and warms up itself, in turn with the other program. */
const allOf = (runs: number): Effort => ({ warmUp: 0, runs, patienceMs: Number.POSITIVE_INFINITY });
