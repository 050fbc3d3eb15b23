import { z } from 'zod';
import { openBundle } from '../../model/bundle.ts';
import { verifyGolden } from '../../model/verify.ts';
import { TinyError } from '../../protocols/errors.ts';
import { checked } from '../../protocols/schema-error.ts';
import { filePath } from '../config/values.ts';
import type { AgentConfig } from '../config.ts';
import type { Control } from '../control.ts';
import type { LiveConfig } from '../live-config.ts';
import type { CertificateInUse } from '../mqtt/live-certificate.ts';
import type { Served } from '../served.ts';
import { type SwapContext, swap } from './swap.ts';

/** What an operation works on. */
export interface OperationContext extends SwapContext {
  readonly live: LiveConfig;
  readonly control: Control;
  /** Reads the configuration's file again; absent where it came from no file. */
  readonly readConfig?: (() => Promise<AgentConfig>) | undefined;
  /** Those in use, to be looked at at a reload. */
  readonly certificates?: readonly Pick<CertificateInUse, 'check'>[] | undefined;
  /** Absent where the outbox is in memory. */
  readonly trim?: (() => Promise<void>) | undefined;
}

/** Something that a schedule or a request on MQTT may ask of a running agent. */
type Operation = (context: OperationContext, parameters: unknown) => Promise<unknown>;

/** A folder beside one in use, or an absolute path. */
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
  verify: noParameters(({ served }) => verifyAll(served)),
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

interface Verified {
  readonly bundle: string;
  readonly files: number;
  readonly golden: number;
}

/** Of several bundles each by its task. */
async function verifyAll(served: readonly Served[]): Promise<Verified | Record<string, Verified>> {
  const verified: Record<string, Verified> = {};
  for (const { brain, model } of served) verified[brain.task.spec.name] = await verify(model.bundle);
  const [first, ...others] = Object.values(verified);
  return others.length === 0 ? first! : verified;
}

async function verify(folder: string): Promise<Verified> {
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
