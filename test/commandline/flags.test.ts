import { describe, expect, it } from 'vitest';
import {
  choice,
  durationMs,
  integer,
  number,
  orElse,
  parseFlags,
  range,
  repeated,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';

const spec = {
  bundle: required(text('DIR, such as models/gesture')),
  maxTokens: orElse(integer({ min: 1 }), 64),
  temperature: number({ min: 0 }),
  engine: choice('onnx', 'torch'),
  for: durationMs(),
  shifts: range(),
  label: repeated(text()),
  json: toggle(),
};

const parse = (...argv: string[]) => parseFlags(['--bundle', 'b', ...argv], spec).flags;

/** The words of a usage error: message, then hint. */
function refusal(...argv: string[]): string {
  try {
    parseFlags(argv, spec);
  } catch (error) {
    expect(error).toMatchObject({ name: 'TinyError', exitCode: 2 });
    const { message, hint } = error as { message: string; hint: string };
    return `${message} / ${hint}`;
  }
  throw new Error(`accepted ${argv.join(' ')}`);
}

describe('parseFlags', () => {
  it('gives typed values, defaults and absences', () => {
    const flags = parse('--temperature', '0.5', '--json', '--engine=torch');
    const tokens: number = flags.maxTokens;
    const engine: 'onnx' | 'torch' | undefined = flags.engine;
    expect(flags).toEqual({
      bundle: 'b',
      maxTokens: tokens,
      temperature: 0.5,
      engine,
      for: undefined,
      shifts: undefined,
      label: [],
      json: true,
    });
    expect([tokens, engine]).toEqual([64, 'torch']);
  });

  it.each([[['--shifts', '-5..5']], [['--shifts=-5..5']]])(
    'reads a range that begins with a dash: %s',
    (argv) => {
      expect(parse(...argv).shifts).toEqual({ first: -5, last: 5 });
    },
  );

  it.each([
    ['250ms', 250],
    ['20s', 20_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
  ])('reads the duration %s', (word, expected) => {
    expect(parse('--for', word).for).toBe(expected);
  });

  it('keeps every value of a repeated flag and the last of another', () => {
    const flags = parse('--label', 'up', '--label=down', '--max-tokens', '3', '--max-tokens', '4');
    expect(flags.label).toEqual(['up', 'down']);
    expect(flags.maxTokens).toBe(4);
  });

  it('takes values that look odd when written with an equals sign', () => {
    expect(parse('--label=--x', '--label=').label).toEqual(['--x', '']);
  });

  it('gives the words beside the flags, up to the limit', () => {
    const { positionals } = parseFlags(
      ['gesture', '--json', '--', '--data'],
      { json: toggle() },
      { maxPositionals: 2 },
    );
    expect(positionals).toEqual(['gesture', '--data']);
    expect(() => parseFlags(['a', 'b'], {}, { maxPositionals: 1 })).toThrow('unexpected word "b"');
  });

  it.each([
    [['--bundel', 'b'], 'unknown flag --bundel / did you mean --bundle?'],
    [['--ofr=20s'], 'unknown flag --ofr / did you mean --for?'],
    [['--max-token=3'], 'unknown flag --max-token / did you mean --max-tokens?'],
    [['-x'], 'unknown flag -x / its flags are --bundle, --max-tokens'],
    [['--bundle'], '--bundle wants a value / write --bundle DIR, such as models/gesture'],
    [['--bundle', '--json'], '--bundle wants a value / write --bundle DIR, such as models/gesture'],
    [['--label', '-up'], '--label wants a value / write --label=-up'],
    [['--label'], '--label wants a value / write --label VALUE'],
    [['--json=yes'], '--json takes no value'],
    [['--json'], '--bundle is missing / add --bundle DIR, such as models/gesture'],
    [
      ['--bundle', 'b', '--max-tokens', '0'],
      '--max-tokens wants a whole number of at least 1, not "0" / write --max-tokens 1',
    ],
    [['--bundle', 'b', '--max-tokens', '1.5'], 'a whole number of at least 1, not "1.5"'],
    [['--bundle', 'b', '--temperature', 'hot'], '--temperature wants a number of at least 0, not "hot"'],
    [
      ['--bundle', 'b', '--engine', 'jax'],
      '--engine wants one of onnx, torch, not "jax" / write --engine onnx',
    ],
    [['--bundle', 'b', '--engine', 'tf'], 'not "tf" / write --engine torch'],
    [['--bundle', 'b', '--engine', 'onxn'], 'not "onxn" / write --engine onnx'],
    [
      ['--bundle', 'b', '--for', '20'],
      '--for wants a duration such as 20s, 5m or 1h30m, not "20" / write --for 20s',
    ],
    [
      ['--bundle', 'b', '--shifts', '5..-5'],
      '--shifts wants a range such as -5..5, not "5..-5" / write --shifts -5..5',
    ],
    [['extra'], 'unexpected word "extra"'],
  ])('refuses %s', (argv, expected) => {
    expect(refusal(...argv)).toContain(expected);
  });
});
