import { type Bundle, chooseVariant, openBundle } from '../model/bundle.ts';
import { modelFiles } from '../model/model-files.ts';
import type { Device } from '../model/runtime/device.ts';
import { scoringTask } from '../model/runtime/label-scorer.ts';
import type { ModelSequence } from '../model/runtime/model-sequence.ts';
import { ModelRuntime } from '../model/runtime/runtime.ts';
import { type Answer, type Answers, answerOf } from '../protocols/answers.ts';
import type { PromptStream, PromptWriter } from '../protocols/prompt.ts';
import type { FittedTask } from '../protocols/task.ts';
import { promptWriter } from '../protocols/templates.ts';
import type { Row } from '../protocols/window.ts';
import type { Brain, Thought } from './brain.ts';

export interface BrainOptions {
  /** The bundle's first variant by default. */
  readonly variant?: string;
  readonly threads?: number;
  /** The processor by default. */
  readonly device?: Device;
}

/** A model as far as one task may use it: a `ModelRuntime` of its own, or its share of one. */
export type Model = Pick<ModelRuntime, 'open' | 'close' | 'ended'>;

/** A bundle's model as a brain: rows are written as prompt tokens and read by the runtime as they come. */
export class TinyBrain implements Brain {
  readonly task: FittedTask;
  readonly model: string;
  readonly bundleHash: string;
  readonly variant: string | undefined;
  readonly writer: PromptWriter;
  readonly ended: Promise<Error>;
  readonly #model: Model;

  constructor(bundle: Bundle, model: Model, writer: PromptWriter, variant?: string) {
    this.task = bundle.manifest.task;
    this.model = bundle.manifest.name;
    this.bundleHash = bundle.hash;
    this.variant = variant;
    this.writer = writer;
    this.ended = model.ended;
    this.#model = model;
  }

  open(): Thought {
    return new PromptThought(this.writer, this.task.spec.answers, this.#model.open());
  }

  async close(): Promise<void> {
    await this.#model.close();
  }
}

/** The prompt of one window on its way into the model. */
class PromptThought implements Thought {
  readonly #asked: Answers;
  readonly #stream: PromptStream;
  readonly #sequence: ModelSequence;

  constructor(writer: PromptWriter, asked: Answers, sequence: ModelSequence) {
    this.#asked = asked;
    this.#stream = writer.begin();
    this.#sequence = sequence;
  }

  push(rows: readonly Row[]): void {
    this.#sequence.push(rows.flatMap((row) => this.#stream.push(row)));
  }

  async score(deadlineMs?: number): Promise<Answer> {
    this.#sequence.push(this.#stream.finish());
    return answerOf(this.#asked, await this.#sequence.score(deadlineMs));
  }

  discard(): void {
    this.#sequence.discard();
  }
}

/** Start the model of an opened bundle. Throws `TinyError` when it cannot be run here. */
export async function startBrain(bundle: Bundle, options: BrainOptions = {}): Promise<TinyBrain> {
  const { task, shape } = bundle.manifest;
  const writer = promptWriter(task, bundle.tokenizer);
  const runtime = await ModelRuntime.start({
    ...modelFiles(bundle, options.variant),
    shape,
    threads: options.threads ?? 1,
    task: scoringTask(writer),
    ...(options.device !== undefined && { device: options.device }),
  });
  return new TinyBrain(bundle, runtime, writer, chooseVariant(bundle, options.variant).name);
}

/** Open, check and start the bundle in a folder. */
export const loadBrain = async (folder: string, options: BrainOptions = {}): Promise<TinyBrain> =>
  startBrain(await openBundle(folder), options);
