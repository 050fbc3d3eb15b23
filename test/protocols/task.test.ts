import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TinyError } from '../../protocols/errors.ts';
import { fittedTask, parseTaskSpec, periodUs, windowUs } from '../../protocols/task.ts';
import { fitted, rateTask, snapshotTask } from './examples.ts';

const GOOD = `
name: gesture
instruction: Which hand gesture?
input:
  kind: rate
  rateHz: 10
  maxGapMs: 500
  channels:
    - { channel: proximity }
    - { channel: light.red, title: Red, reduce: max, missing: mark }
window:
  rows: 25
  trigger: { channel: proximity, below: 240, release: 250, quietMs: 300, preMs: 1000 }
answers:
  kind: labels
  labels: [Tap, Double, Hold]
`;

/** What a person is told about the good task with one text in it replaced. */
function refusalOf(from: string, to: string): TinyError {
  expect(GOOD).toContain(from);
  try {
    parseTaskSpec(parse(GOOD.replace(from, to)), 'configs/tasks/gesture.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(TinyError);
    return error as TinyError;
  }
  throw new Error('the task was taken');
}

describe('a task file', () => {
  it('is read, with what it leaves out filled in', () => {
    const { input, window } = parseTaskSpec(parse(GOOD), 'gesture.yaml');
    expect(input.channels).toEqual([
      { channel: 'proximity', reduce: 'mean', missing: 'hold' },
      { channel: 'light.red', title: 'Red', reduce: 'max', missing: 'mark' },
    ]);
    expect(window.trigger).toEqual({
      channel: 'proximity',
      below: 240,
      release: 250,
      quietMs: 300,
      preMs: 1000,
    });
  });

  it.each([
    ['an unknown key', 'name: gesture', 'name: gesture\nlables: []', '"lables"'],
    ['an unknown key deep inside', 'title: Red', 'tittle: Red', '"input.channels.1.tittle"'],
    ['an unknown key in the trigger', 'quietMs: 300', 'quiteMs: 300', '"window.trigger.quiteMs"'],
    ['a name with spaces', 'name: gesture', 'name: Hand Gesture', 'name: lower-case letters'],
    ['no instruction', 'Which hand gesture?', '""', 'instruction'],
    ['an unknown kind of input', 'kind: rate', 'kind: stream', 'input.kind'],
    ['a rate of zero', 'rateHz: 10', 'rateHz: 0', 'input.rateHz'],
    ['a rate given as a text', 'rateHz: 10', 'rateHz: 10 Hz', 'input.rateHz'],
    ['an unknown channel', 'light.red', 'light.infra', 'unknown channel "light.infra"'],
    ['a channel twice', 'light.red', 'proximity', 'input.channels: a channel stands twice'],
    ['an unknown reducer', 'reduce: max', 'reduce: median', 'input.channels.1.reduce'],
    ['an unknown missing rule', 'missing: mark', 'missing: zero', 'input.channels.1.missing'],
    ['no rows', 'rows: 25', 'rows: 0', 'window.rows'],
    ['half a row', 'rows: 25', 'rows: 2.5', 'window.rows'],
    [
      'neither hop nor trigger',
      '  trigger:',
      '  # trigger:',
      'give one of `hopMs`, `hopReadings` and `trigger`',
    ],
    [
      'both hop and trigger',
      'rows: 25',
      'rows: 25\n  hopMs: 100',
      'give one of `hopMs`, `hopReadings` and `trigger`',
    ],
    [
      'a trigger on a channel which is not an input',
      'channel: proximity, below',
      'channel: sound, below',
      'the trigger watches "sound"',
    ],
    [
      'a trigger in both directions',
      'below: 240',
      'below: 240, above: 10',
      'give one of `below` and `above`',
    ],
    ['a trigger without a level', 'below: 240, ', '', 'give one of `below` and `above`'],
    ['a release on the active side', 'release: 250', 'release: 239', '`release` must lie on the quiet side'],
    [
      'a release above the level of `above`',
      'below: 240',
      'above: 240',
      '`release` must lie on the quiet side',
    ],
    ['a pre-roll as long as the window', 'preMs: 1000', 'preMs: 2500', 'window.trigger.preMs'],
    ['one answer only', '[Tap, Double, Hold]', '[Tap]', 'answers.labels'],
    ['an answer twice', '[Tap, Double, Hold]', '[Tap, Hold, Tap]', 'a label stands twice'],
    [
      'an answer with a space at its end',
      '[Tap, Double, Hold]',
      '[Tap, "Hold "]',
      'a label has no space at its ends',
    ],
  ])('with %s, is refused by name and place', (_what, from, to, told) => {
    const error = refusalOf(from, to);
    expect(error.message).toContain('configs/tasks/gesture.yaml: ');
    expect(error.message).toContain(told);
    expect(error.hint).not.toBe('');
    expect(error.exitCode).toBe(78);
  });

  it.each([null, undefined, 'gesture', [], 5])('that holds %j, is refused', (value) => {
    expect(() => parseTaskSpec(value, 'x.yaml')).toThrow(TinyError);
  });

  it('may not hop so often that time stands still', () => {
    expect(() => rateTask({ window: { rows: 4, hopMs: 1e-9 } })).toThrow('window.hopMs');
  });
});

describe('a snapshot', () => {
  it('has one row', () => {
    expect(() => snapshotTask({ window: { rows: 2, hopMs: 1000 } })).toThrow('a snapshot has one row');
  });

  it('takes a hop, not a trigger', () => {
    const trigger = { channel: 'rssi.a', below: -80, release: -70, preMs: 0 };
    expect(() => snapshotTask({ window: { rows: 1, trigger } })).toThrow('takes `hopMs`, not a trigger');
  });
});

it('counts time in whole microseconds', () => {
  const task = rateTask({ input: { rateHz: 30 }, window: { rows: 7, hopMs: 100 } });
  expect(periodUs({ rateHz: 30 })).toBe(33_333);
  expect(windowUs(task)).toBe(7 * 33_333);
  expect(windowUs(snapshotTask())).toBe(0);
});

describe('a fitted task', () => {
  const good = fitted(rateTask());
  const [red, proximity] = good.quantisers;
  const complaints = (changes: object) =>
    fittedTask.safeParse({ ...good, ...changes }).error?.issues.map(({ message }) => message);

  it('survives the way to disk and back', () => {
    expect(fittedTask.parse(JSON.parse(JSON.stringify(good)))).toEqual(good);
  });

  it.each([
    ['a quantiser too few', [red]],
    ['quantisers in another order', [proximity, red]],
  ])('is refused with %s', (_what, quantisers) => {
    expect(complaints({ quantisers })).toEqual(['one quantiser for each channel, in the order of the task']);
  });

  it('is refused when two channels write the same number', () => {
    const quantisers = [red, { ...proximity, firstNumber: 39 }];
    expect(complaints({ quantisers })).toEqual(['two channels share numbers']);
  });

  it('is refused when its edges do not ascend', () => {
    const quantisers = [{ ...red, edges: [1, 3, 2] }, proximity];
    expect(complaints({ quantisers })).toEqual(['edges must ascend']);
  });
});
