import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { TinyError } from '../../protocols/errors.ts';
import { stateFolderTrouble } from '../machine/state-folder-trouble.ts';

/** Who may connect to every embedded broker; a configuration may add others. What each may do is in `access.ts`. */
export const USERS = ['agent', 'board', 'viewer'] as const;
export type User = (typeof USERS)[number];

export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** By name. */
export type Credentials = Readonly<Record<User, Credential>> & Readonly<Record<string, Credential>>;

/** The further users of a configuration: some come with a password. */
export type FurtherUsers = Readonly<Record<string, { readonly password?: string | undefined }>>;

type Passwords = Readonly<Record<string, string>>;

const FILE = 'credentials.json';
const PASSWORD_BYTES = 18; // 24 characters of base64url
const passwordsSchema = z.record(z.string(), z.string());

/** `$XDG_STATE_HOME/tinyllm`, else `~/.local/state/tinyllm` (XDG Base Directory Specification 0.8). */
export function defaultStateDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env.XDG_STATE_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.local', 'state'), 'tinyllm');
}

/** The file that holds the passwords, for messages that tell a person where they are. */
export const credentialsPath = (stateDir: string): string => join(stateDir, FILE);

/**
 * The passwords of the embedded broker, made up when a user is first seen and kept, readable by their owner only. A
 * password of the configuration is not written down a second time.
 *
 * @throws TinyError when the file is damaged, cannot be read, or others may read it
 */
export async function loadCredentials(stateDir: string, further: FurtherUsers = {}): Promise<Credentials> {
  const path = credentialsPath(stateDir);
  const own = Object.keys(further).filter((username) => further[username]?.password === undefined);
  const wanted = [...USERS, ...own];
  const kept = (await readPasswords(path)) ?? (await keepNew(stateDir, makeUp(wanted)));
  const missing = wanted.filter((username) => !Object.hasOwn(kept, username));
  const made = missing.length === 0 ? kept : await replace(stateDir, { ...kept, ...makeUp(missing) });
  const credentials = [...USERS, ...Object.keys(further)].map((username): [string, Credential] => [
    username,
    { username, password: further[username]?.password ?? made[username]! },
  ]);
  return Object.fromEntries(credentials) as Credentials;
}

const makeUp = (usernames: readonly string[]): Passwords =>
  Object.fromEntries(usernames.map((name) => [name, randomBytes(PASSWORD_BYTES).toString('base64url')]));

/** Write the first file; when another agent that starts at the same moment was first, what that one wrote counts. */
const keepNew = (stateDir: string, passwords: Passwords): Promise<Passwords> =>
  write(stateDir, passwords, async (temporary, path) => {
    // A link, unlike a rename, does not replace what is there.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(temporary);
  });

const replace = (stateDir: string, passwords: Passwords): Promise<Passwords> =>
  write(stateDir, passwords, rename);

async function write(
  stateDir: string,
  passwords: Passwords,
  move: (from: string, to: string) => Promise<void>,
): Promise<Passwords> {
  const path = credentialsPath(stateDir);
  const temporary = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
    await move(temporary, path);
  } catch (error) {
    const { reason, hint } = stateFolderTrouble(error);
    throw new TinyError(`the state folder ${stateDir} cannot be written: ${reason}`, hint, { cause: error });
  }
  return { ...passwords, ...(await readPasswords(path)) };
}

async function readPasswords(path: string): Promise<Passwords | undefined> {
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
  const parsed = passwordsSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new TinyError(`${path} is damaged`, 'delete it: the next start makes up new passwords');
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
