import { join } from 'node:path';
import type { ModelRuntime } from '../../model/runtime/runtime.ts';
import { complete } from '../completion.ts';
import type { ReadyCorpus } from '../corpus/ready-corpus.ts';
import { readModel } from '../engines/checkpoint.ts';
import type { PretrainJob, PretrainWatcher } from '../engines/pretrain-job.ts';
import { TrainingLog } from '../engines/training-log.ts';
import type { PretrainSettings } from '../pretrain-settings.ts';
import { modelOfWeights } from '../text-model.ts';
import { type LanguageReport, type LanguageTask, languageReport, languageTask } from './language-report.ts';
import { BYTES_PER_KB, validationText } from './validation-text.ts';

/** What checkpoints are asked for. */
export type ReportSettings = Pick<PretrainSettings, 'samples' | 'language'>;

/** What a model under training makes of a prompt. */
export interface Sample {
  readonly prompt: string;
  readonly completion: string;
}

/** How far a training has come, in words. */
export interface CheckpointReport {
  readonly step: number;
  readonly samples: readonly Sample[];
  /** Absent where the recipe asks for none. */
  readonly language?: LanguageReport;
}

/** Always the same draws, so that what differs from one checkpoint to the next is the model. */
const SAMPLING = { temperature: 0.8, topP: 0.95, seed: 1 };

/**
 * Lets every checkpoint of a pre-training write and answer, and keeps what it said in the job's folder: `samples.jsonl`,
 * `language.jsonl`. A checkpoint that is written because of an interruption is not asked.
 */
export class CheckpointReports {
  readonly #job: Pick<PretrainJob, 'folder' | 'threads'>;
  readonly #corpus: ReadyCorpus;
  readonly #settings: ReportSettings;
  readonly #signal: AbortSignal;
  readonly #tell: (report: CheckpointReport) => void;
  #task: LanguageTask | undefined;
  #logs: { readonly samples: TrainingLog; readonly language: TrainingLog } | undefined;

  constructor(
    job: Pick<PretrainJob, 'folder' | 'threads'>,
    corpus: ReadyCorpus,
    settings: ReportSettings,
    signal: AbortSignal,
    tell: (report: CheckpointReport) => void,
  ) {
    this.#job = job;
    this.#corpus = corpus;
    this.#settings = settings;
    this.#signal = signal;
    this.#tell = tell;
  }

  /** The watcher of the job: what it sees is passed on to `watcher`. */
  watching(watcher: PretrainWatcher): PretrainWatcher {
    return {
      ...watcher,
      saved: async (step, folder) => {
        if (!this.#signal.aborted) await this.#report(step, folder);
        await watcher.saved(step, folder);
      },
    };
  }

  async #report(step: number, checkpoint: string): Promise<void> {
    const isAsked = this.#settings.samples !== undefined || this.#settings.language.textKb > 0;
    if (!isAsked) return;
    const { state, weights } = await readModel(checkpoint);
    const { shape } = state;
    const { tokenizer } = this.#corpus;
    const model = modelOfWeights(checkpoint, { shape, tokenizer, read: async () => weights });
    const report = await model.use({ threads: this.#job.threads }, async (runtime) => {
      const samples = await this.#samples(runtime);
      const task = await this.#languageTask();
      const watch = { signal: this.#signal };
      return {
        ...{ step, samples },
        ...(task && { language: await languageReport({ runtime, shape, tokenizer }, task, watch) }),
      };
    });
    await this.#log(report);
    this.#tell(report);
  }

  async #samples(runtime: ModelRuntime): Promise<Sample[]> {
    const { prompts, tokens: maxTokens } = this.#settings.samples ?? { prompts: [], tokens: 0 };
    const samples: Sample[] = [];
    for (const prompt of prompts) {
      const request = {
        prompt,
        options: { ...SAMPLING, maxTokens },
        show: () => {},
        signal: this.#signal,
      };
      const { completion } = await complete(runtime, this.#corpus.tokenizer, request);
      samples.push({ prompt, completion });
    }
    return samples;
  }

  async #languageTask(): Promise<LanguageTask | undefined> {
    const { textKb, questions } = this.#settings.language;
    if (textKb === 0) return undefined;
    this.#task ??= languageTask(await validationText(this.#corpus, textKb * BYTES_PER_KB), questions);
    return this.#task;
  }

  /** Lines of this step or later ones are of a run that was interrupted. */
  async #log({ step, samples, language }: CheckpointReport): Promise<void> {
    const open = (name: string) => TrainingLog.open(join(this.#job.folder, name), step - 1);
    this.#logs ??= { samples: await open('samples.jsonl'), language: await open('language.jsonl') };
    for (const sample of samples) this.#logs.samples.add({ step, ...sample });
    if (language) this.#logs.language.add({ step, ...language });
    await this.#logs.samples.flush();
    await this.#logs.language.flush();
  }
}
