import { openBundle } from '../../model/bundle.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { Effort } from '../../pipeline/measure/repeat.ts';
import { type Subject, subjectOf } from '../../pipeline/measure/subject.ts';
import { windowLatency } from '../../pipeline/measure/window-latency.ts';
import { servedModel } from './models.ts';
import { Opened } from './opened.ts';
import type { ModelChoice, Program } from './program.ts';

interface Served {
  readonly subject: Subject;
  readonly runtime: ModelRuntime;
}

/** TinyLLM as its users have it: the runtime in its worker thread. */
export class OurProgram implements Program {
  readonly #opened = new Opened<Served>(async ({ size, format, threads }) => {
    const bundle = await openBundle((await servedModel(size)).bundle);
    const subject = await subjectOf(bundle, { variant: format, threads });
    return { subject, runtime: await ModelRuntime.start(subject.model) };
  });

  async open(model: ModelChoice): Promise<string> {
    await this.#opened.get(model);
    return 'in its worker thread';
  }

  async windowMs(model: ModelChoice, runs: number): Promise<number> {
    const { runtime, subject } = await this.#opened.get(model);
    return (await windowLatency(runtime, subject, allOf(runs))).p50;
  }
}

/** The bench repeats and warms up itself, in turn with the other program. */
const allOf = (runs: number): Effort => ({ warmUp: 0, runs, patienceMs: Number.POSITIVE_INFINITY });
