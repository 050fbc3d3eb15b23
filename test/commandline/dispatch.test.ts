import { describe, expect, it } from 'vitest';
import type { CommandTable } from '../../commandline/command.ts';
import { dispatch } from '../../commandline/dispatch.ts';
import { Interrupted } from '../../commandline/interrupt.ts';
import { configError } from '../../protocols/errors.ts';

const table: CommandTable = {
  greet: {
    summary: 'Say a word',
    load: async () => ({
      command: {
        name: 'greet',
        summary: 'Say a word',
        usage: 'Usage: tinyllm greet WORD',
        run: async ([word]) => {
          if (word === 'wrong') throw configError('agent.yaml: no broker', 'add `broker:`');
          if (word === 'bug') throw new RangeError('off by one');
          if (word === 'stop') throw new Interrupted('SIGTERM');
          if (word === 'five') return 5;
        },
      },
    }),
  },
  heavy: {
    summary: 'Never loaded by help',
    load: async () => {
      throw new Error('loaded');
    },
  },
};

async function run(...argv: string[]) {
  const printed = { stdout: '', stderr: '' };
  const exit = await dispatch(table, argv, {
    version: '1.2.3',
    stdout: { write: (text) => (printed.stdout += text) },
    stderr: { write: (text) => (printed.stderr += text) },
  });
  return { exit, ...printed };
}

describe('dispatch', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])(
    'lists the commands for %j without loading one',
    async (argv) => {
      const { exit, stdout, stderr } = await run(...argv);
      expect(stdout).toMatch(/^ {2}greet {2}Say a word\n {2}heavy {2}Never loaded by help$/m);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    },
  );

  it.each([[['help', 'greet']], [['greet', '--help']], [['greet', 'wrong', '-h']]])(
    'helps with %j',
    async (argv) => {
      const { exit, stdout } = await run(...argv);
      expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'Say a word\n\nUsage: tinyllm greet WORD\n' });
    },
  );

  it('leaves --help after -- to the command', async () => {
    expect(await run('greet', '--', '--help')).toEqual({ exit: 0, stdout: '', stderr: '' });
  });

  it('prints the version', async () => {
    expect(await run('--version')).toEqual({ exit: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it.each([
    ['gret', 'error: unknown command gret\nhint: did you mean tinyllm greet?\n'],
    ['gerte', 'error: unknown command gerte\nhint: tinyllm --help lists the commands\n'],
    ['rgeet', 'error: unknown command rgeet\nhint: did you mean tinyllm greet?\n'],
    ['zzzzz', 'error: unknown command zzzzz\nhint: tinyllm --help lists the commands\n'],
    ['toString', 'error: unknown command toString\nhint: tinyllm --help lists the commands\n'],
    ['--gret', 'error: unknown flag --gret\nhint: tinyllm --help lists the commands\n'],
  ])('refuses %s as wrong usage', async (word, stderr) => {
    expect(await run(word)).toEqual({ exit: 2, stdout: '', stderr });
  });

  it('prints an error for people with its hint and exit status', async () => {
    const stderr = 'error: agent.yaml: no broker\nhint: add `broker:`\n';
    expect(await run('greet', 'wrong')).toEqual({ exit: 78, stdout: '', stderr });
  });

  it('prints a bug with its stack', async () => {
    const { exit, stderr } = await run('greet', 'bug');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^bug: RangeError: off by one\n +at /);
  });

  it('ends with the status of the signal that stopped it, as a shell would tell', async () => {
    expect(await run('greet', 'stop')).toEqual({ exit: 143, stdout: '', stderr: 'stopped by SIGTERM\n' });
  });

  it("passes on the command's own status", async () => {
    expect((await run('greet', 'five')).exit).toBe(5);
  });
});
