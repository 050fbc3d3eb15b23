import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import { scheduledRate } from '../../../../trainer/engines/learning-rate.ts';
import { Outliers } from '../../../../trainer/engines/outliers.ts';
import { SequenceOrder } from '../../../../trainer/engines/sequence-order.ts';
import { PRETRAIN_PROGRAM } from '../../../../trainer/engines/torch/torch-process.ts';
import { requireTool } from '../../../tools.ts';

/*
 * What TypeScript and Python compute alike. These modules need no PyTorch.
 */

/** Runs Python beside the engine's modules. @param script finds `given` and leaves what is returned in `result` */
function python(test: TestContext, script: string, given: unknown): unknown {
  const program = [
    'import json, sys',
    'from types import SimpleNamespace',
    'given = json.load(sys.stdin, object_hook=lambda fields: SimpleNamespace(**fields))',
    script,
    'print(json.dumps(result))',
  ].join('\n');
  const { stdout, stderr } = spawnSync(requireTool('python3', test), ['-c', program], {
    cwd: dirname(PRETRAIN_PROGRAM),
    input: JSON.stringify(given),
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('Python has the same', () => {
  it('order of sequences, over several epochs of corpora small and large', (test) => {
    const corpora = [
      { tokens: 48, context: 24, seed: 0 },
      { tokens: 10_007, context: 16, seed: 3 },
      { tokens: 46_000_000, context: 256, seed: 2 ** 31 + 5 },
      { tokens: 9_000_000_000, context: 1024, seed: 2 ** 40 + 9 },
    ];
    const random = RandomStream.seeded(1);
    const given = corpora.map((corpus) => ({
      ...corpus,
      numbers: Array.from({ length: 200 }, () =>
        random.integer(3 * Math.floor(corpus.tokens / corpus.context)),
      ),
    }));
    const theirs = python(
      test,
      `from sequence_order import SequenceOrder
result = [[SequenceOrder(c.tokens, c.context, c.seed).begin(n) for n in c.numbers] for c in given]`,
      given,
    );
    expect(theirs).toEqual(
      given.map(({ tokens, context, seed, numbers }) => {
        const order = new SequenceOrder(tokens, context, seed);
        return numbers.map((n) => order.begin(n));
      }),
    );
  });

  it.for([{ kind: 'cosine' }, { kind: 'wsd', decayShare: 0.2 }] as const)(
    'learning rates: %o',
    (schedule, test) => {
      const settings = { learningRate: 0.003, warmupSteps: 7, steps: 50, schedule };
      const theirs = python(
        test,
        'from schedule import scheduled_rate\nresult = [scheduled_rate(step, given) for step in range(given.steps)]',
        settings,
      ) as number[];
      for (const [step, rate] of theirs.entries())
        expect(rate).toBeCloseTo(scheduledRate(step, settings), 15);
    },
  );

  it('outliers', (test) => {
    const random = RandomStream.seeded(2);
    const settings = { window: 8, deviations: 2 };
    const steps = Array.from({ length: 100 }, () => [3 + random.normal(), 1 + random.normal()] as const);
    const theirs = python(
      test,
      `from schedule import Outliers
outliers = Outliers(given.settings)
result = [outliers.judge(*step) for step in given.steps]`,
      { settings, steps },
    );
    const outliers = new Outliers(settings);
    const ours = steps.map(([lossNats, gradNorm]) => outliers.judge(lossNats, gradNorm));
    expect(ours).toContain(true);
    expect(theirs).toEqual(ours);
  });
});

describe('a batch is shared', () => {
  const shareOf = (test: TestContext, batch: number, microBatch: number, processes: number) =>
    python(
      test,
      `from job import share_of_batch
from events import TinyError
try:
    result = share_of_batch(given.settings, given.processes)
except TinyError as error:
    result = [error.message, error.hint]`,
      { settings: { batch, microBatch }, processes },
    );

  it('in whole parts', (test) => {
    expect(shareOf(test, 24, 4, 2)).toEqual([12, 4]);
    expect(shareOf(test, 24, 24, 8)).toEqual([3, 3]);
  });

  it('or not, with what to do', (test) => {
    expect(shareOf(test, 8, 8, 3)).toEqual([
      '3 processes cannot share a batch of 8 sequences',
      expect.stringMatching(/^set pretrain\.batch to a multiple/),
    ]);
    expect(shareOf(test, 24, 8, 2)).toEqual([
      'pretrain.microBatch: 8 does not divide the 12 sequences that each of 2 processes has',
      'set it to 6',
    ]);
  });
});
