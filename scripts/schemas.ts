/**
 * JSON Schemas of the files that people write, for editors that complete and check YAML while one types.
 *
 *   npx tsx scripts/schemas.ts    writes configs/schemas/
 *
 * A test keeps them current.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { agentConfig } from '../agent/config.ts';
import { taskSpec } from '../protocols/task.ts';

/** Text of each schema by its path in the repository. */
export function schemas(): Map<string, string> {
  const text = (schema: z.ZodType, title: string): string => {
    // `input`: what a person writes, before defaults are filled in.
    const json = z.toJSONSchema(schema, { io: 'input' });
    return `${JSON.stringify({ title, ...json }, null, 2)}\n`;
  };
  return new Map([
    ['configs/schemas/agent.schema.json', text(agentConfig, 'TinyLLM agent')],
    ['configs/schemas/task.schema.json', text(taskSpec, 'TinyLLM task')],
  ]);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of schemas()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(path);
  }
}
