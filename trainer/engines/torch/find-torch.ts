import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TinyError } from '../../../protocols/errors.ts';

/** A Python with PyTorch. */
export interface Torch {
  /** Its path, or a name on the PATH. */
  readonly python: string;
  readonly gpus: number;
}

/** Names another Python than `python3`. */
const VARIABLE = 'TINYLLM_PYTHON';

const OLDEST = [1, 13] as const;
const PROBE =
  'import json, torch; print(json.dumps({"version": torch.__version__, "gpus": torch.cuda.device_count()}))';
const probed = z.object({ version: z.string(), gpus: z.int().min(0) });

/** The Python of TINYLLM_PYTHON, else `python3`. Throws `TinyError` where it is not there or has no PyTorch. */
export async function findTorch(environment: NodeJS.ProcessEnv = process.env): Promise<Torch> {
  const python = environment[VARIABLE] || 'python3';
  const { version, gpus } = await probe(python);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw lacking(`${python} has PyTorch ${version}, and the torch engine needs ${OLDEST.join('.')}`);
  }
  return { python, gpus };
}

async function probe(python: string): Promise<z.infer<typeof probed>> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', PROBE]);
    return probed.parse(JSON.parse(stdout));
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw lacking(`there is no program ${python}`, cause);
    const reason = stderr.trim().split('\n').at(-1);
    throw lacking(`${python} cannot load PyTorch: ${reason || String(cause)}`, cause);
  }
}

const lacking = (message: string, cause?: unknown): TinyError =>
  new TinyError(
    message,
    `install it (\`pip install torch\`), or name a Python that has it: ${VARIABLE}=/path/to/python`,
    { cause },
  );
