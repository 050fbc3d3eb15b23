import { type Bundle, chooseVariant } from '../model/bundle.ts';
import { modelFiles, modelHash } from '../model/model-files.ts';
import { scoringTask } from '../model/runtime/label-scorer.ts';
import type { ModelTask } from '../model/runtime/model-task.ts';
import { ModelRuntime } from '../model/runtime/runtime.ts';
import { promptWriter } from '../protocols/templates.ts';
import { type BrainOptions, TinyBrain } from './tiny-brain.ts';

/** A model that is loaded, or about to be. */
interface Loaded {
  readonly runtime: Promise<ModelRuntime>;
  /** Brains that use it, those included that are being started. */
  users: number;
}

/**
 * Models of which each is loaded once, however many brains use it: the tasks of bundles on one base, each with its own adapter,
 * prefix and windows. One worker serves them all by what is most urgent. A brain that is closed frees what is its own, the last
 * one the model.
 */
export class SharedModels {
  readonly #loaded = new Map<string, Loaded>();

  /** Is the model of a bundle loaded, so that another brain of it takes no further weights? */
  holds(bundle: Bundle, options: BrainOptions = {}): boolean {
    return this.#loaded.has(keyOf(bundle, options));
  }

  /** Start the model of an opened bundle, or join it. Throws `TinyError` when it cannot be run here. */
  async start(bundle: Bundle, options: BrainOptions = {}): Promise<TinyBrain> {
    const { threads = 1, device, variant } = options;
    const { modelPath, ...own } = modelFiles(bundle, variant);
    const key = keyOf(bundle, options);
    const load = () =>
      ModelRuntime.start({
        modelPath,
        shape: bundle.manifest.shape,
        threads,
        ...(device !== undefined && { device }),
      });
    const loaded = this.#loaded.get(key) ?? { runtime: load(), users: 0 };
    this.#loaded.set(key, loaded);
    loaded.users++;
    try {
      const runtime = await loaded.runtime;
      const writer = promptWriter(bundle.manifest.task, bundle.tokenizer);
      const task = await runtime.addTask({ task: scoringTask(writer), ...own });
      const { name } = chooseVariant(bundle, variant);
      return new TinyBrain(bundle, this.#shareOf(task, key, loaded), writer, name);
    } catch (error) {
      await this.#leave(key, loaded);
      throw error;
    }
  }

  #shareOf(task: ModelTask, key: string, loaded: Loaded) {
    let closing: Promise<void> | undefined;
    return {
      open: () => task.open(),
      ended: task.ended,
      close: () => {
        closing ??= task.close().then(() => this.#leave(key, loaded));
        return closing;
      },
    };
  }

  async #leave(key: string, loaded: Loaded): Promise<void> {
    loaded.users--;
    if (loaded.users > 0) return;
    if (this.#loaded.get(key) === loaded) this.#loaded.delete(key);
    const runtime = await loaded.runtime.catch(() => undefined);
    await runtime?.close();
  }
}

/** The same for those that one loaded model can serve. */
const keyOf = (bundle: Bundle, { threads = 1, device, variant }: BrainOptions): string =>
  `${modelHash(bundle, variant)} ${threads} ${device}`;

/** Brains for these bundles, in their order; those on one base share its weights. Throws when one of them cannot be run. */
export async function startBrains(
  bundles: readonly Bundle[],
  options: BrainOptions = {},
): Promise<TinyBrain[]> {
  const models = new SharedModels();
  const started = await Promise.allSettled(bundles.map((bundle) => models.start(bundle, options)));
  const brains = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return brains;
  await Promise.all(brains.map((brain) => brain.close()));
  throw failed.reason;
}
