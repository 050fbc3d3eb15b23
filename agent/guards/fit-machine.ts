import { type Bundle, type BundleVariant, chooseVariant, openBundle } from '../../model/bundle.ts';
import { availableMemoryBytes } from '../../pipeline/measure/available-memory.ts';
import { SharedModels } from '../../pipeline/shared-models.ts';
import { startBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { Guards } from '../config/guards.ts';
import type { Log } from '../log.ts';
import { readNamed } from '../named-files.ts';
import { deadlineMs, windowMs } from './measure.ts';
import { neededMemoryBytes } from './memory.ts';

export interface FittingOptions {
  /** The folder of the bundle. */
  readonly bundle: string;
  readonly variant?: string | undefined;
  readonly threads?: number | undefined;
  readonly guards: Guards;
  /** Boards cannot be made to wait; recordings can. */
  readonly isLive: boolean;
  readonly log: Log;
  /** Those that are loaded already: a bundle on the base of one of them takes no more weights. */
  readonly models?: SharedModels | undefined;
  /** Bytes that are free; asked of the machine when absent. */
  readonly freeBytes?: number;
  /** How long a window may take, in milliseconds; the hop of its task when absent. */
  readonly allowedMs?: number;
}

/**
 * Open a bundle and start the variant that was chosen, unless it is too much for this machine.
 *
 * @throws TinyError when there is no such bundle or variant (exit 78); when memory or time does not suffice, with the
 *   largest variant that fits (exit 1)
 */
export async function startFitting(options: FittingOptions): Promise<TinyBrain> {
  const bundle = await readNamed(() => openBundle(options.bundle));
  const chosen = await readNamed(async () => chooseVariant(bundle, options.variant));
  const { log, guards, models = new SharedModels() } = options;
  const started = { variant: chosen.name, ...threadsOf(options) };
  const isLoaded = models.holds(bundle, started);
  const limits: Limits = {
    freeBytes: options.freeBytes ?? (await availableMemoryBytes()),
    allowedMs: options.allowedMs ?? (options.isLive ? deadlineMs(bundle.manifest.task.spec) : Infinity),
  };
  const tight = isLoaded ? undefined : await memoryTrouble(bundle, chosen, limits);
  if (tight !== undefined) await raise(guards.memory, tight);

  const brain = await models.start(bundle, started);
  try {
    const ms = await quietWindowMs(brain, bundle, limits);
    const slow = latencyTrouble(ms, limits);
    if (slow !== undefined) await raise(guards.latency, slow);
    else log.info(`${bundle.manifest.name} (${chosen.name}) takes ${ms.toFixed(1)} ms for a window`);
    return brain;
  } catch (error) {
    await brain.close();
    throw error;
  }

  async function raise(rule: Guards['latency'], trouble: string): Promise<void> {
    const message = `${bundle.manifest.name} (${chosen.name}): ${trouble}`;
    if (rule === 'warn') {
      log.warn(`${message}; started all the same`);
      return;
    }
    const fitting = await largestThatFits(bundle, chosen, limits, options);
    // Not a mistake in a file: whoever starts services may try again when the machine is less busy.
    throw new TinyError(
      message,
      `${fitting === undefined ? 'no variant of this bundle fits: use a smaller model' : `\`variant: ${fitting}\` fits`}, or run it all the same with --force`,
    );
  }
}

interface Limits {
  readonly freeBytes: number;
  readonly allowedMs: number;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / (1 << 20))} MB`;

async function memoryTrouble(
  bundle: Bundle,
  variant: BundleVariant,
  { freeBytes }: Limits,
): Promise<string | undefined> {
  const needed = await neededMemoryBytes(bundle, variant);
  if (needed <= freeBytes) return undefined;
  return `it needs about ${megabytes(needed)} of memory, and ${megabytes(freeBytes)} are free`;
}

function latencyTrouble(ms: number, { allowedMs }: Limits): string | undefined {
  if (ms <= allowedMs) return undefined;
  return `it takes ${ms.toFixed(1)} ms for a window, and a window comes every ${allowedMs} ms`;
}

const TRIES = 3;

/** A machine that has just started is busy with other things: what is too slow is measured again. */
async function quietWindowMs(brain: TinyBrain, bundle: Bundle, limits: Limits): Promise<number> {
  let ms = await windowMs(brain, bundle);
  for (let tried = 1; tried < TRIES && latencyTrouble(ms, limits) !== undefined; tried++) {
    ms = Math.min(ms, await windowMs(brain, bundle));
  }
  return ms;
}

/** Tried out one after the other, from the largest file on: what is larger has lost less. */
async function largestThatFits(
  bundle: Bundle,
  refused: BundleVariant,
  limits: Limits,
  options: FittingOptions,
): Promise<string | undefined> {
  const others = bundle.manifest.variants
    .filter((variant) => variant !== refused)
    .sort((a, b) => b.fileBytes - a.fileBytes);
  for (const variant of others) {
    if ((await memoryTrouble(bundle, variant, limits)) !== undefined) continue;
    const brain = await startBrain(bundle, { variant: variant.name, ...threadsOf(options) });
    try {
      const ms = await windowMs(brain, bundle);
      if (latencyTrouble(ms, limits) === undefined) return variant.name;
    } finally {
      await brain.close();
    }
  }
  return undefined;
}

const threadsOf = ({ threads }: FittingOptions): { threads?: number } =>
  threads === undefined ? {} : { threads };
