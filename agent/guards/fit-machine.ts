import { type Bundle, type BundleVariant, chooseVariant, openBundle } from '../../model/bundle.ts';
import { startBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import { configError } from '../../protocols/errors.ts';
import type { Guards } from '../config/guards.ts';
import type { Log } from '../log.ts';
import { deadlineMs, windowMs } from './measure.ts';
import { availableMemoryBytes, neededMemoryBytes } from './memory.ts';

export interface FittingOptions {
  /** The folder of the bundle. */
  readonly bundle: string;
  readonly variant?: string | undefined;
  readonly threads?: number | undefined;
  readonly guards: Guards;
  /** Boards cannot be made to wait; recordings can. */
  readonly isLive: boolean;
  readonly log: Log;
  /** Bytes that are free; asked of the machine when absent. */
  readonly freeBytes?: number;
  /** How long a window may take, in milliseconds; the hop of its task when absent. */
  readonly allowedMs?: number;
}

/**
 * Open a bundle and start the variant that was chosen, unless it is too much for this machine.
 *
 * @throws TinyError (exit 78) with the largest variant that fits, when memory or time does not suffice
 */
export async function startFitting(options: FittingOptions): Promise<TinyBrain> {
  const bundle = await openBundle(options.bundle);
  const chosen = chooseVariant(bundle, options.variant);
  const { log, guards } = options;
  const limits: Limits = {
    freeBytes: options.freeBytes ?? (await availableMemoryBytes()),
    allowedMs: options.allowedMs ?? (options.isLive ? deadlineMs(bundle.manifest.task.spec) : Infinity),
  };
  const tight = memoryTrouble(bundle, chosen, limits);
  if (tight !== undefined) await raise(guards.memory, tight);

  const brain = await startBrain(bundle, { variant: chosen.name, ...threadsOf(options) });
  try {
    const ms = await windowMs(brain, bundle);
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
    throw configError(
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

function memoryTrouble(bundle: Bundle, variant: BundleVariant, { freeBytes }: Limits): string | undefined {
  const needed = neededMemoryBytes(bundle, variant);
  if (needed <= freeBytes) return undefined;
  return `it needs about ${megabytes(needed)} of memory, and ${megabytes(freeBytes)} are free`;
}

function latencyTrouble(ms: number, { allowedMs }: Limits): string | undefined {
  if (ms <= allowedMs) return undefined;
  return `it takes ${ms.toFixed(1)} ms for a window, and a window comes every ${allowedMs} ms`;
}

/** Tried out one after the other, from the largest file on: what is larger has lost less. */
async function largestThatFits(
  bundle: Bundle,
  refused: BundleVariant,
  limits: Limits,
  options: FittingOptions,
): Promise<string | undefined> {
  const others = bundle.manifest.variants
    .filter((variant) => variant !== refused && memoryTrouble(bundle, variant, limits) === undefined)
    .sort((a, b) => b.fileBytes - a.fileBytes);
  for (const variant of others) {
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
