import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { configError } from '../../protocols/errors.ts';

/** The file beside a configuration that `!secret name` reads, as in Home Assistant and ESPHome. */
export const SECRETS_FILE = 'secrets.yaml';

const secretsSchema = z.record(z.string(), z.string());

/**
 * Read `name: value` lines; a value is the text that stands there, `0123` and `true` too. Nothing when there is no file.
 *
 * @throws TinyError (exit 78) naming file and line, never a value
 */
export async function readSecrets(path: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw configError(
      `${path} cannot be read: ${(error as Error).message}`,
      `make it readable for the user of the agent, and for nobody else: chmod 600 ${path}`,
      error,
    );
  }
  const lines = new LineCounter();
  // `failsafe` knows texts only (YAML 1.2, 10.1).
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  const parsed = problem === undefined ? secretsSchema.safeParse(document.toJS() ?? {}) : undefined;
  if (parsed?.success) return parsed.data;
  const place = problem === undefined ? '' : `:${lines.linePos(problem.pos[0]).line}`;
  throw configError(
    `${path}${place}: not a list of secrets`,
    'write a line for each, `name: "value"`, with quotes around what has signs in it',
  );
}

/** Keys whose values are for nobody's eyes; `passwordFile` names a file and may be seen. */
const SECRET_KEY = /(password|passphrase|secret|token)$/i;

/** Every text of a configuration that no log and no report may show. */
export function secretsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return SECRET_KEY.test(key) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, held]) => secretsIn(held, inner));
}

/** A configuration as it may be shown. */
export const withoutSecrets = (config: object): unknown =>
  JSON.parse(
    JSON.stringify(config, (key, value: unknown) =>
      typeof value === 'string' && SECRET_KEY.test(key) ? '***' : value,
    ),
  );
