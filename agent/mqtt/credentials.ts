import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../../protocols/errors.ts';

/** Who may connect to the embedded broker. What each may do is in `access.ts`. */
export const USERS = ['agent', 'board', 'viewer'] as const;
export type User = (typeof USERS)[number];

export interface Credential {
  readonly username: User;
  readonly password: string;
}

export type Credentials = Readonly<Record<User, Credential>>;

const FILE = 'credentials.json';
const PASSWORD_BYTES = 18; // 24 characters of base64url
const passwords = z.strictObject({ agent: z.string(), board: z.string(), viewer: z.string() });

/** `$XDG_STATE_HOME/tinyllm`, else `~/.local/state/tinyllm` (XDG Base Directory Specification 0.8). */
export function defaultStateDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env.XDG_STATE_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.local', 'state'), 'tinyllm');
}

/** The file that holds the passwords, for messages that tell a person where they are. */
export const credentialsPath = (stateDir: string): string => join(stateDir, FILE);

/**
 * The passwords of the embedded broker, made up on the first run and kept, readable by their owner only.
 *
 * @throws TinyError when the file is damaged, cannot be read, or others may read it
 */
export async function loadCredentials(stateDir: string): Promise<Credentials> {
  const path = credentialsPath(stateDir);
  return (await readCredentials(path)) ?? (await createCredentials(stateDir, path));
}

async function createCredentials(stateDir: string, path: string): Promise<Credentials> {
  const made = Object.fromEntries(
    USERS.map((user) => [user, randomBytes(PASSWORD_BYTES).toString('base64url')]),
  );
  const temporary = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    // A link, unlike a rename, does not replace the file of another agent that starts at the same moment.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(temporary);
  } catch (error) {
    throw new TinyError(
      `the state folder ${stateDir} cannot be written: ${(error as Error).message}`,
      'make it writable, or name another with --state DIR',
      { cause: error },
    );
  }
  return (await readCredentials(path))!;
}

async function readCredentials(path: string): Promise<Credentials | undefined> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new TinyError(`others may read the passwords in ${path}`, `chmod 600 ${path}`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof TinyError) throw error;
    throw new TinyError(
      `the passwords in ${path} cannot be read: ${(error as Error).message}`,
      'name a folder of your own with --state DIR, or mend this one',
      { cause: error },
    );
  }
  const parsed = passwords.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new TinyError(`${path} is damaged`, 'delete it: the next start makes up new passwords');
  }
  const credential = (username: User): Credential => ({ username, password: parsed.data[username] });
  return { agent: credential('agent'), board: credential('board'), viewer: credential('viewer') };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
