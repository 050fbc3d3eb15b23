import { type Bundle, chooseVariant, openBundle } from '../../model/bundle.ts';
import { availableMemoryBytes } from '../../pipeline/measure/available-memory.ts';
import { startBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { AgentConfig } from '../config.ts';
import { deadlineMs, windowMs } from '../guards/measure.ts';
import { neededMemoryBytes } from '../guards/memory.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MB = 1 << 20;
/** A model that is busy for longer has nothing left for a second board, or for a hot day. */
const COMFORTABLE_SHARE = 0.5;

/** The model: its files, whether it runs here, how fast, in how much memory. */
export async function lookAtBundle(config: AgentConfig): Promise<{ findings: Finding[]; bundle?: Bundle }> {
  try {
    const bundle = await openBundle(config.bundle);
    const variant = chooseVariant(bundle, config.variant);
    const { name, files } = bundle.manifest;
    const checked = ok(
      'bundle',
      `${name} (${variant.name}): ${Object.keys(files).length} files match their checksums`,
    );
    const freeMb = Math.round((await availableMemoryBytes()) / MB);
    const neededMb = Math.round((await neededMemoryBytes(bundle, variant)) / MB);
    const memory = `the model needs about ${neededMb} MB, ${freeMb} MB are free`;
    const room =
      neededMb <= freeMb ? ok('memory', memory) : fail('memory', memory, 'choose a smaller variant or model');
    return { bundle, findings: [checked, room, await speed(config, bundle, variant.name)] };
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    return { findings: [fail('bundle', error.message, error.hint)] };
  }
}

async function speed({ threads }: AgentConfig, bundle: Bundle, variant: string): Promise<Finding> {
  const brain = await startBrain(bundle, { variant, ...(threads !== undefined && { threads }) });
  try {
    const ms = await windowMs(brain, bundle);
    const allowed = deadlineMs(bundle.manifest.task.spec);
    const boards = Math.floor(allowed / ms);
    const message = `${ms.toFixed(1)} ms for a window, and one comes every ${allowed} ms: room for ${boards} boards`;
    if (ms > allowed)
      return fail(
        'speed',
        `${ms.toFixed(1)} ms for a window, and one comes every ${allowed} ms`,
        'choose a smaller variant or model',
      );
    return ms > allowed * COMFORTABLE_SHARE
      ? warn('speed', message, 'leave it at one board, or choose a smaller variant')
      : ok('speed', message);
  } finally {
    await brain.close();
  }
}
