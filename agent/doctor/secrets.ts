import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SECRETS_FILE } from '../config/secrets.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Whether the secrets beside a configuration are for its user alone. */
export async function lookAtSecrets(configPath: string): Promise<Finding[]> {
  const path = join(dirname(resolve(configPath)), SECRETS_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || process.platform === 'win32') return [];
  if ((found.mode & 0o077) === 0) return [ok('secrets', `${path} is this user's alone`)];
  return [warn('secrets', `others may read ${path}`, `chmod 600 ${path}`)];
}
