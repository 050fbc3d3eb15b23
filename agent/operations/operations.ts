import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { openBundle } from '../../model/bundle.ts';
import { verifyGolden } from '../../model/verify.ts';
import { TinyError } from '../../protocols/errors.ts';
import { checked } from '../../protocols/schema-error.ts';
import { filePath } from '../config/values.ts';
import type { AgentConfig } from '../config.ts';
import type { Control } from '../control.ts';
import type { startFitting } from '../guards/fit-machine.ts';
import type { LiveConfig } from '../live-config.ts';
import type { Log } from '../log.ts';
import type { CertificateInUse } from '../mqtt/live-certificate.ts';
import type { ModelMemory } from './model-memory.ts';
import type { SwappableBrain } from './swappable-brain.ts';

/** What an operation works on. */
export interface OperationContext {
  readonly live: LiveConfig;
  readonly brain: SwappableBrain;
  readonly control: Control;
  readonly log: Log;
  /** Reads the configuration's file again; absent where it came from no file. */
  readonly readConfig?: (() => Promise<AgentConfig>) | undefined;
  /** Starts the model of a swap, if the machine can bear it. */
  readonly start: typeof startFitting;
  /** Remembers a swap over a restart; absent where nothing is to be remembered. */
  readonly models?: Pick<ModelMemory, 'remember'> | undefined;
  /** Those in use, to be looked at at a reload. */
  readonly certificates?: readonly Pick<CertificateInUse, 'check'>[] | undefined;
  /** Absent where the outbox is in memory. */
  readonly trim?: (() => Promise<void>) | undefined;
}

/** Something that a schedule or a request on MQTT may ask of a running agent. */
type Operation = (context: OperationContext, parameters: unknown) => Promise<unknown>;

/** A folder beside the one in use, or an absolute path. */
const swapParameters = z.strictObject({ bundle: filePath, variant: z.string().min(1).optional() });

const noParameters =
  (operation: (context: OperationContext) => Promise<unknown>): Operation =>
  (context, parameters) => {
    checked(z.strictObject({}), parameters, 'the request');
    return operation(context);
  };

export const OPERATIONS = {
  health: noParameters(async ({ control }) => {
    control.healthWanted$.next();
    return control.health?.();
  }),
  trim: noParameters(async ({ trim }) => trim?.()),
  verify: noParameters(({ live }) => verify(live.bundle)),
  pause: noParameters(async (context) => setPaused(context, true)),
  resume: noParameters(async (context) => setPaused(context, false)),
  reload: noParameters(reload),
  swap: (context, parameters) => swap(context, checked(swapParameters, parameters, 'the request')),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

function setPaused({ control, log }: OperationContext, paused: boolean): { paused: boolean } {
  if (control.paused$.value !== paused)
    log.info(paused ? 'predicts no more, until resume' : 'predicts again');
  control.paused$.next(paused);
  control.healthWanted$.next();
  return { paused };
}

async function verify(folder: string): Promise<{ bundle: string; files: number; golden: number }> {
  const bundle = await openBundle(folder);
  const golden = await verifyGolden(bundle);
  const wrong = golden.filter(({ ok }) => !ok);
  if (wrong.length > 0) {
    const named = [...new Set(wrong.map(({ variant, id }) => `${id} (${variant})`))];
    throw new TinyError(
      `${folder}: ${wrong.length} of ${golden.length} golden answers are others on this machine: ${named.join(', ')}`,
      'copy the bundle anew; if it stays so, this processor computes otherwise than the one that made it',
    );
  }
  return { bundle: bundle.hash, files: Object.keys(bundle.manifest.files).length, golden: golden.length };
}

async function reload({ live, readConfig, certificates = [], log }: OperationContext): Promise<unknown> {
  for (const certificate of certificates) await certificate.check();
  if (readConfig === undefined) {
    throw new TinyError('there is no file to read again', 'start the agent with --config FILE');
  }
  const reloaded = live.apply(await readConfig());
  const { changed, needRestart } = reloaded;
  log.info(changed.length === 0 ? 'read again: nothing to take over' : `taken over: ${changed.join(', ')}`);
  if (needRestart.length > 0)
    log.warn(`changed in the file, and waits for the next start: ${needRestart.join(', ')}`);
  return reloaded;
}

async function swap(
  { live, brain, control, log, start, models }: OperationContext,
  { bundle: named, variant }: z.output<typeof swapParameters>,
): Promise<{ model: string; bundleHash: string; before: string }> {
  const before = brain.model;
  const bundle = resolve(dirname(live.bundle), named);
  const { threads, guards, load } = live.now;
  // The old model is still there: what is free now is what the new one can have.
  const next = await start({ bundle, variant, threads, guards, isLive: load === 'newest', log });
  try {
    brain.swap(next, () => next.close());
  } catch (error) {
    await next.close();
    throw error;
  }
  live.bundle = bundle;
  await models?.remember(live.now, { bundle, variant });
  control.infoChanged$.next();
  log.info(`${next.model} (${bundle}) answers from the next window on`);
  return { model: next.model, bundleHash: next.bundleHash, before };
}
