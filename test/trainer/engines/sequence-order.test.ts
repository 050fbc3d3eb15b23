import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SequenceOrder } from '../../../trainer/engines/sequence-order.ts';
import { REPOSITORY, requireTool } from '../../tools.ts';

interface Golden {
  readonly tokens: number;
  readonly context: number;
  readonly seed: number;
  readonly count: number;
  /** Number of a sequence, and its first token. */
  readonly sequences: readonly (readonly [n: number, begin: number])[];
}

/** Of both: this one and the torch engine's. */
const GOLDEN = fileURLToPath(new URL('sequence-order.golden.json', import.meta.url));
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden[];

const CONTEXT = 8;
const epochOf = (order: SequenceOrder, epoch: number): number[] =>
  Array.from({ length: order.count }, (_, i) => order.begin(epoch * order.count + i));

describe('SequenceOrder', () => {
  it.each(golden)('is what it was for $tokens tokens, $context to a sequence, seed $seed', (expected) => {
    const order = new SequenceOrder(expected.tokens, expected.context, expected.seed);
    expect(order.count).toBe(expected.count);
    expect(expected.sequences.map(([n]) => [n, order.begin(n)])).toEqual(expected.sequences);
  });

  it('is the same function in Python', (test) => {
    const program = [
      'import json, sys',
      'from sequence_order import SequenceOrder',
      'for case in json.load(open(sys.argv[1])):',
      '    order = SequenceOrder(case["tokens"], case["context"], case["seed"])',
      '    assert order.count == case["count"], order.count',
      '    for n, begin in case["sequences"]:',
      '        assert order.begin(n) == begin, (case["tokens"], n, order.begin(n))',
      '    print("same")',
    ].join('\n');
    const said = execFileSync(requireTool('python3', test), ['-c', program, GOLDEN], {
      env: {
        ...process.env,
        PYTHONPATH: join(REPOSITORY, 'trainer', 'engines', 'torch'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
      encoding: 'utf8',
    });
    expect(said).toBe('same\n'.repeat(golden.length));
  });

  it.each([2, 3, 16, 17, 500])('reads each of %i sequences once an epoch, side by side', (count) => {
    const order = new SequenceOrder((count + 1) * CONTEXT, CONTEXT, 3);
    for (const epoch of [0, 1, 5]) {
      const begins = epochOf(order, epoch).sort((a, b) => a - b);
      const [first = -1] = begins;
      expect(begins).toEqual(Array.from({ length: count }, (_, i) => first + i * CONTEXT));
      expect(first).toBeGreaterThanOrEqual(0);
      // What the last token foretells is there too.
      expect(begins.at(-1)! + CONTEXT).toBeLessThan((count + 1) * CONTEXT);
    }
  });

  it('is in another order and cut at another place in every epoch, and by every seed', () => {
    const order = new SequenceOrder(200 * CONTEXT, CONTEXT, 3);
    const epochs = Array.from({ length: 20 }, (_, epoch) => epochOf(order, epoch));
    const offsets = new Set(epochs.map(([begin = 0]) => begin % CONTEXT));
    expect(offsets.size).toBe(CONTEXT);
    const places = epochs.map((begins) => begins.map((begin) => Math.floor(begin / CONTEXT)).join());
    const other = epochOf(new SequenceOrder(200 * CONTEXT, CONTEXT, 4), 0);
    places.push(other.map((begin) => Math.floor(begin / CONTEXT)).join());
    expect(new Set(places).size).toBe(places.length);
  });

  it('leaves no order of the corpus in the epoch', () => {
    const count = 5000;
    const order = new SequenceOrder((count + 1) * CONTEXT, CONTEXT, 3);
    const places = epochOf(order, 0).map((begin) => Math.floor(begin / CONTEXT));
    // Of a random order the correlation of place and turn is normal, with a deviation of 1 / sqrt(count).
    const middle = (count - 1) / 2;
    const covariance = places.reduce((sum, place, i) => sum + (place - middle) * (i - middle), 0) / count;
    expect(Math.abs(covariance / ((count ** 2 - 1) / 12))).toBeLessThan(4 / Math.sqrt(count));
    const neighbours = places.filter((place, i) => place === places[i - 1]! + 1).length;
    expect(neighbours).toBeLessThan(8);
  });

  it('refuses a corpus of less than two sequences', () => {
    expect(() => new SequenceOrder(2 * CONTEXT - 1, CONTEXT, 1)).toThrow(
      'the corpus has 15 tokens, and sequences of 8 need 16',
    );
  });
});
