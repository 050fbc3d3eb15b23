import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { MissedDeadline, steadyMs } from '../../../model/runtime/deadline.ts';
import { ModelRuntime } from '../../../model/runtime/runtime.ts';
import { bulkyModelFile, randomTokens, SHAPE, temporaryFolder } from './random-model.ts';

// So slow that the tests would take minutes if the worker did all that it was asked for, or in the order of asking.
const shape = { layers: 4, width: 512, heads: 8, context: 8192, vocab: SHAPE.vocab };
const folder = temporaryFolder();
const random = RandomStream.seeded(91);
const task = {
  prefix: randomTokens(4, random),
  completions: [[7, 8], [7, 9], [12]].map((label, i) => ({ label: `label ${i}`, tokens: [...label, 0] })),
};

let runtime: ModelRuntime;
beforeAll(async () => {
  const modelPath = bulkyModelFile(folder, shape);
  runtime = await ModelRuntime.start({ modelPath, shape, threads: 1, task });
});
afterAll(() => runtime.close());

function windowOf(tokens: number) {
  const sequence = runtime.open();
  sequence.push(randomTokens(tokens, random));
  return sequence;
}

describe('a window with a deadline', () => {
  it('is answered as one without, when there is time', async () => {
    const tokens = randomTokens(50, random);
    const [soon, whenever] = [runtime.open(), runtime.open()];
    for (const sequence of [soon, whenever]) sequence.push(tokens);
    expect(await soon.score(steadyMs() + 60_000)).toEqual(await whenever.score());
  });

  it('that is past is given up, and so is one that cannot be met; others are answered', async () => {
    const asked = [
      windowOf(20).score(steadyMs() - 1),
      ...Array.from({ length: 20 }, () => windowOf(8000).score(steadyMs() + 200)),
    ];
    const answered = windowOf(20).score();
    for (const { status, ...rest } of await Promise.allSettled(asked)) {
      expect({ status, ...rest }).toEqual({ status: 'rejected', reason: expect.any(MissedDeadline) });
    }
    expect(await answered).toHaveLength(3);
  }, 20_000);

  it('comes before one that has more time, though it was asked for later', async () => {
    const order: string[] = [];
    const score = (name: string, deadlineMs?: number) =>
      windowOf(60)
        .score(deadlineMs)
        .then(() => order.push(name));
    const nowMs = steadyMs();
    await Promise.all([score('whenever'), score('later', nowMs + 60_000), score('soon', nowMs + 30_000)]);
    expect(order).toEqual(['soon', 'later', 'whenever']);
  }, 20_000);
});

describe('an answer that somebody waits for', () => {
  it('does not wait for the windows of other boards to be read', async () => {
    const loud = Array.from({ length: 60 }, () => windowOf(8000));
    expect(await windowOf(20).score()).toHaveLength(3);
    for (const sequence of loud) sequence.discard();
    expect(await windowOf(20).score()).toHaveLength(3);
  }, 20_000);
});
