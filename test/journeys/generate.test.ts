import { describe, expect, it } from 'vitest';
import { openBundle } from '../../model/bundle.ts';
import { builtCli, finished, started, tinyllm, tinyllmJson, tinyllmReading } from './built-cli.ts';

builtCli();

interface Generated {
  readonly prompt: string;
  readonly completion: string;
  readonly tokens: readonly number[];
}

const BUNDLE = 'models/gesture';
const generate = (...flags: string[]) =>
  tinyllmJson<Generated>('generate', '--bundle', BUNDLE, '--prompt', 'Which hand', ...flags);
/** So hot that the small model says something else each time. */
const hot = ['--temperature', '50', '--max-tokens', '20'];

describe('tinyllm generate', () => {
  it('prints the greedy continuation, the same every time', async () => {
    const { exit, stdout, stderr } = await tinyllm('generate', '--bundle', BUNDLE, '--prompt', 'Which hand');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const machine = await generate();
    expect(stdout).toBe(`${machine.completion}\n`);
    expect(machine.prompt).toBe('Which hand');
    expect(machine.tokens.length).toBeGreaterThan(0);
    const { tokenizer } = await openBundle(BUNDLE);
    expect(tokenizer.decode(machine.tokens)).toBe(machine.completion);
    expect(machine.tokens).not.toContain(tokenizer.endOfText);
  });

  it('answers a window with its label and stops: the model was taught nothing else', async () => {
    const { tokenizer } = await openBundle(BUNDLE);
    const { tokens } = await generate('--max-tokens', '64');
    expect(tokens.length).toBeLessThan(64);
    expect(tokenizer.decode(tokens)).toMatch(/^( (Tap|Double|Hold))+$/);
  });

  it('draws the same text for the same seed, and another for another', async () => {
    const first = await generate(...hot, '--seed', '7');
    expect(await generate(...hot, '--seed', '7')).toEqual(first);
    expect((await generate(...hot, '--seed', '8')).tokens).not.toEqual(first.tokens);
  });

  it('is greedy at any temperature when it may choose among one', async () => {
    const { tokens } = await generate('--max-tokens', '5');
    expect((await generate('--max-tokens', '5', '--temperature', '50', '--top-k', '1')).tokens).toEqual(
      tokens,
    );
    expect((await generate('--max-tokens', '5', '--temperature', '1', '--top-p', '0')).tokens).toEqual(
      tokens,
    );
  });

  it('draws no more tokens than it may, nor than the context holds', async () => {
    expect((await generate('--temperature', '50', '--max-tokens', '3')).tokens).toHaveLength(3);
    const { manifest, tokenizer } = await openBundle(BUNDLE);
    const room = manifest.shape.context - tokenizer.encode('Which hand').length + 1;
    const { tokens } = await generate('--temperature', '50', '--max-tokens', '100000', '--seed', '3');
    expect(tokens.length).toBeLessThanOrEqual(room);
  });

  it('refuses a prompt that is longer than the context', async () => {
    const prompt = 'hand '.repeat(200);
    expect(await tinyllm('generate', '--bundle', BUNDLE, '--prompt', prompt)).toEqual({
      exit: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: the prompt is longer than the model's context of \d+ tokens\nhint: /,
      ),
    });
  });

  it.each([
    ['an empty prompt', ['--prompt', '']],
    ['no prompt', []],
    ['a share above one', ['--prompt', 'x', '--top-p', '2']],
    ['no candidates', ['--prompt', 'x', '--top-k', '0']],
    ['a negative temperature', ['--prompt', 'x', '--temperature', '-1']],
    ['a prompt beside lines', ['--prompt', 'x', '--lines']],
    ['a pattern beside choices', ['--prompt', 'x', '--grammar', 'a', '--choices', 'a,b']],
    ['a choice of nothing', ['--prompt', 'x', '--choices', 'a,']],
  ])('takes %s as wrong usage', async (_, flags) => {
    expect(await tinyllm('generate', '--bundle', BUNDLE, ...flags)).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*\nhint: /),
    });
  });

  it('names the variants when that one is not there', async () => {
    const { exit, stderr } = await tinyllm(
      'generate',
      '--bundle',
      BUNDLE,
      '--prompt',
      'x',
      '--variant',
      'int2',
    );
    expect(exit).toBe(1);
    expect(stderr).toBe(
      'error: bundle models/gesture has no variant "int2"\nhint: it has fp32, int8, q8, q4\n',
    );
  });
});

describe('tinyllm generate with a pattern', () => {
  it.each([
    [['--grammar', '(up|down) [0-9]{2}'], /^(up|down) [0-9]{2}$/],
    [['--grammar', '[a-z]{60}', '--max-tokens', '25', '--temperature', '9'], /^[a-z]{60}$/],
    [['--choices', ' Tap, Hold (long),?'], /^( Tap| Hold \(long\)|\?)$/],
  ])('%j writes what matches', async (flags, expected) => {
    expect((await generate(...flags)).completion).toMatch(expected);
  });

  it('says where a pattern cannot be read', async () => {
    const { exit, stdout, stderr } = await tinyllm(
      'generate',
      '--bundle',
      BUNDLE,
      '--prompt',
      'x',
      '--grammar',
      'up|(down',
    );
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toBe(
      'error: pattern up|(down, character 4: this "(" is not closed\n' +
        'hint: add ) or write \\( for the character\n',
    );
  });
});

describe('tinyllm generate --lines', () => {
  const lines = [
    'Which hand',
    'Which hand gesture? 35 70 109 149',
    'Which hand gesture? 35 70',
    'Which hand',
  ];
  const session = ['generate', '--bundle', BUNDLE, '--lines', '--temperature', '3', '--max-tokens', '12'];

  it('answers each line as it would alone', async () => {
    const { exit, stdout } = await tinyllmReading(`${lines.join('\n\n')}\n`, ...session, '--json');
    expect(exit).toBe(0);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Generated);
    expect(answers.map(({ prompt }) => prompt)).toEqual(lines);
    for (const answer of answers) {
      const alone = ['--prompt', answer.prompt, '--temperature', '3', '--max-tokens', '12'];
      expect(answer).toEqual(await tinyllmJson('generate', '--bundle', BUNDLE, ...alone));
    }
  });

  it('tells of a line that is too long, and answers those after it', async () => {
    const tooLong = 'hand '.repeat(200).trimEnd();
    const input = `Which hand\n${tooLong}\nWhich hand\n`;
    const machine = await tinyllmReading(input, ...session, '--json');
    expect(machine).toMatchObject({ exit: 1, stderr: '' });
    const [before, refused, after] = machine.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const error = expect.stringMatching(/^the prompt is longer than the model's context of \d+ tokens$/);
    expect(refused).toEqual({ prompt: tooLong, error });
    expect(after).toEqual(before);

    const person = await tinyllmReading(input, ...session);
    expect(person.exit).toBe(1);
    expect(person.stderr).toMatch(/^error: line 2: the prompt is longer .*\nhint: .*\n$/);
    expect(person.stdout).toBe(`${(before as Generated).completion}\n`.repeat(2));
  });

  it('ends at Ctrl-C, having written what there was', async () => {
    const child = started(session, 'pipe');
    child.stdin!.write('Which hand\n');
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const { exit, stdout, stderr } = await finished(child);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(/^.+\n$/s);
  });
});
