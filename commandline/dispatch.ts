import { constants } from 'node:os';
import { TinyError, usageError } from '../protocols/errors.ts';
import { nearest } from '../protocols/nearest.ts';
import type { Command, CommandTable } from './command.ts';
import { Interrupted } from './interrupt.ts';
import { palette, type TextSink } from './terminal.ts';

/** Where a command line prints, and the version it reports. */
export interface DispatchContext {
  readonly version: string;
  /** Data and help. */
  readonly stdout: TextSink;
  /** Errors. */
  readonly stderr: TextSink;
}

/**
 * Runs one command line against the table of commands.
 *
 * @param argv the words after `tinyllm`
 * @returns the exit status: 0 ok, 1 failure, 2 wrong usage, 78 wrong configuration, 128 + n when stopped by signal n
 */
export async function dispatch(
  table: CommandTable,
  argv: readonly string[],
  context: DispatchContext,
): Promise<number> {
  try {
    return await execute(table, argv, context);
  } catch (error) {
    return report(error, context.stderr);
  }
}

async function execute(
  table: CommandTable,
  [word, ...rest]: readonly string[],
  { version, stdout }: DispatchContext,
): Promise<number> {
  if (word === '--version' || word === '-v') {
    stdout.write(`${version}\n`);
    return 0;
  }
  if (word === undefined || isHelpFlag(word) || word === 'help') {
    const topic = word === 'help' ? rest.find((other) => !isHelpFlag(other)) : undefined;
    stdout.write(topic === undefined ? overview(table) : help(await load(table, topic)));
    return 0;
  }
  const command = await load(table, word);
  if (asksForHelp(rest)) {
    stdout.write(help(command));
    return 0;
  }
  return (await command.run(rest)) ?? 0;
}

async function load(table: CommandTable, name: string): Promise<Command> {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry !== undefined) return (await entry.load()).command;
  const kind = name.startsWith('-') ? 'flag' : 'command';
  const meant = kind === 'command' ? nearest(name, Object.keys(table)) : undefined;
  throw usageError(
    `unknown ${kind} ${name}`,
    meant === undefined ? 'tinyllm --help lists the commands' : `did you mean tinyllm ${meant}?`,
  );
}

const isHelpFlag = (word: string): boolean => word === '--help' || word === '-h';

/** After `--` words are data, not flags. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).some(isHelpFlag);
}

function overview(table: CommandTable): string {
  const names = Object.keys(table);
  const width = Math.max(...names.map((name) => name.length));
  const rows = names.map((name) => `  ${name.padEnd(width)}  ${table[name]!.summary}`);
  return [
    'Usage: tinyllm COMMAND [flags]',
    '',
    'Small language models that read sensors: an MQTT agent, and the trainer that makes its models.',
    '',
    'Commands:',
    ...rows,
    '',
    'tinyllm COMMAND --help shows the flags of a command; tinyllm --version the version.',
    '',
  ].join('\n');
}

const help = ({ summary, usage }: Command): string => `${summary}\n\n${usage.trim()}\n`;

/** Prints what a person can fix as `error` and `hint`, and a bug of ours with its stack. */
function report(error: unknown, stderr: TextSink): number {
  const { red, dim } = palette(stderr);
  if (error instanceof TinyError) {
    stderr.write(`${red('error:')} ${error.message}\n${dim('hint:')} ${error.hint}\n`);
    return error.exitCode;
  }
  if (error instanceof Interrupted) {
    stderr.write(`${error.message}\n`);
    return 128 + constants.signals[error.signal];
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`${red('bug:')} ${details}\n`);
  return 1;
}
