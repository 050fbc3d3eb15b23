import { type Bundle, chooseVariant, openBundle } from '../../model/bundle.ts';
import { availableMemoryBytes } from '../../pipeline/measure/available-memory.ts';
import { startBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { modelsOf } from '../config/bundles.ts';
import type { AgentConfig } from '../config.ts';
import { deadlineMs, windowMs } from '../guards/measure.ts';
import { neededMemoryBytes } from '../guards/memory.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MB = 1 << 20;
/** A model that is busy for longer has nothing left for a second board, or for a hot day. */
const COMFORTABLE_SHARE = 0.5;

/** What was found of the models, and the tasks of those that can be opened. */
interface Looked {
  readonly findings: Finding[];
  readonly tasks: readonly TaskSpec[];
}

/** The models: their files, whether they run here, how fast, in how much memory. */
export async function lookAtBundles(config: AgentConfig): Promise<Looked> {
  const findings: Finding[] = [];
  const tasks: TaskSpec[] = [];
  let freeMb = Math.round((await availableMemoryBytes()) / MB);
  try {
    for (const { bundle: folder, variant: named } of modelsOf(config)) {
      const bundle = await openBundle(folder);
      const variant = chooseVariant(bundle, named);
      const { name, files, task } = bundle.manifest;
      const checked = `${name} (${variant.name}): ${Object.keys(files).length} files match their checksums`;
      const neededMb = Math.round((await neededMemoryBytes(bundle, variant)) / MB);
      findings.push(ok('bundle', checked), room(neededMb, freeMb), await speed(config, bundle, variant.name));
      tasks.push(task.spec);
      // What the others find; of bundles on one base, less than they will.
      freeMb -= neededMb;
    }
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    findings.push(fail('bundle', error.message, error.hint));
  }
  return { findings, tasks };
}

function room(neededMb: number, freeMb: number): Finding {
  const memory = `the model needs about ${neededMb} MB, ${freeMb} MB are free`;
  return neededMb <= freeMb
    ? ok('memory', memory)
    : fail('memory', memory, 'choose a smaller variant or model');
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
