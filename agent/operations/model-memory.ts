import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { NamedModel } from '../config/bundles.ts';
import type { AgentConfig } from '../config.ts';
import type { Log } from '../log.ts';

const namedModel = z.strictObject({ bundle: z.string(), variant: z.string().optional() });
const fileSchema = z.strictObject({ configured: namedModel, swapped: namedModel });

/**
 * The model that took the place of a configured one, over a restart: a small file of the state folder. It counts as long as
 * the configuration names the model that it named at the swap: who names another one there wants that.
 */
export class ModelMemory {
  readonly #path: string;
  readonly #log: Log;

  /** @param place of the model among those of the agent: each has a file of its own */
  constructor(stateDir: string, { site, agent }: Pick<AgentConfig, 'site' | 'agent'>, log: Log, place = 0) {
    this.#path = join(stateDir, `model-${site}.${agent}${place === 0 ? '' : `.${place}`}.json`);
    this.#log = log;
  }

  /** What to start with instead of what the configuration names; undefined when that is to be started. */
  async recall(config: NamedModel): Promise<NamedModel | undefined> {
    const kept = await this.#read();
    if (kept === undefined) return undefined;
    if (isDeepStrictEqual(kept.configured, named(config))) return kept.swapped;
    this.#log.info(
      `the configuration names another model than when ${kept.swapped.bundle} was swapped in: that one is forgotten`,
    );
    await this.#forget();
    return undefined;
  }

  /** A swap back to what the configuration names leaves nothing to be remembered. A full disk costs the memory, not the swap. */
  async remember(config: NamedModel, swapped: NamedModel): Promise<void> {
    const kept = { configured: named(config), swapped: named(swapped) };
    try {
      if (isDeepStrictEqual(kept.configured, kept.swapped)) await this.#forget();
      else await this.#write(`${JSON.stringify(kept, null, 2)}\n`);
    } catch (error) {
      this.#log.warn(
        `${this.#path} cannot be written, so the next start takes the configured model: ${(error as Error).message}`,
      );
    }
  }

  async #read(): Promise<z.output<typeof fileSchema> | undefined> {
    try {
      const parsed = fileSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      return { configured: named(parsed.configured), swapped: named(parsed.swapped) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#log.warn(`${this.#path} is damaged: the configured model is started`);
      }
      return undefined;
    }
  }

  async #write(text: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.partial`, text, { mode: 0o600 });
    await rename(`${this.#path}.partial`, this.#path);
  }

  async #forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** Without the keys that are absent, so that two of the same compare alike. */
const named = ({ bundle, variant }: NamedModel): NamedModel => ({
  bundle,
  ...(variant !== undefined && { variant }),
});
