import { join } from 'node:path';
import { type Bundle, chooseVariant, openBundle } from '../model/bundle.ts';
import type { Device } from '../model/runtime/device.ts';
import { scoringTask } from '../model/runtime/label-scorer.ts';
import { ModelRuntime, type ModelSequence } from '../model/runtime/runtime.ts';
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

/** A bundle's model as a brain: rows are written as prompt tokens and read by the runtime as they come. */
export class TinyBrain implements Brain {
  readonly task: FittedTask;
  readonly model: string;
  readonly bundleHash: string;
  readonly writer: PromptWriter;
  readonly ended: Promise<Error>;
  readonly #runtime: ModelRuntime;

  constructor(bundle: Bundle, runtime: ModelRuntime, writer: PromptWriter) {
    this.task = bundle.manifest.task;
    this.model = bundle.manifest.name;
    this.bundleHash = bundle.hash;
    this.writer = writer;
    this.ended = runtime.ended;
    this.#runtime = runtime;
  }

  open(): Thought {
    return new PromptThought(this.writer, this.task.spec.answers, this.#runtime.open());
  }

  async close(): Promise<void> {
    await this.#runtime.close();
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
    modelPath: join(bundle.folder, chooseVariant(bundle, options.variant).file),
    shape,
    threads: options.threads ?? 1,
    task: scoringTask(writer),
    ...(options.device !== undefined && { device: options.device }),
  });
  return new TinyBrain(bundle, runtime, writer);
}

/** Open, check and start the bundle in a folder. */
export const loadBrain = async (folder: string, options: BrainOptions = {}): Promise<TinyBrain> =>
  startBrain(await openBundle(folder), options);
