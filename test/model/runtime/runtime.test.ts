import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { LabelScorer } from '../../../model/runtime/label-scorer.ts';
import type { WorkerStart } from '../../../model/runtime/messages.ts';
import { ModelRuntime } from '../../../model/runtime/runtime.ts';
import { TinyError } from '../../../protocols/errors.ts';
import {
  bulkyModelFile,
  collect,
  loadSession,
  modelFile,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from './random-model.ts';

const folder = temporaryFolder();
const random = RandomStream.seeded(31);
const task = {
  prefix: randomTokens(9, random),
  completions: [[7, 8], [7, 9], [12]].map((label, i) => ({ label: `label ${i}`, tokens: [...label, 0] })),
};
const starting = (changes: Partial<WorkerStart> = {}): WorkerStart => ({
  modelPath: modelFile(folder),
  shape: SHAPE,
  threads: 1,
  task,
  ...changes,
});
const endless = { maxTokens: 100, temperature: 0, seed: 1, stopToken: -1 };

/** Scores of the same model on this thread. */
async function scoresHere(windows: readonly (readonly number[])[]): Promise<number[][]> {
  const session = await loadSession(modelFile(folder));
  const scorer = await LabelScorer.create(session, task);
  const scores: number[][] = [];
  for (const window of windows) {
    scorer.open(0);
    await scorer.push(0, window);
    scores.push([...(await scorer.score(0))]);
  }
  await session.release();
  return scores;
}

describe('a model in its worker', () => {
  let runtime: ModelRuntime;
  beforeAll(async () => {
    runtime = await ModelRuntime.start(starting());
  });
  afterAll(() => runtime.close());

  async function scoreOf(window: readonly number[]): Promise<number[]> {
    const sequence = runtime.open();
    sequence.push(window);
    return [...(await sequence.score())];
  }

  it('scores many windows at once as one after the other', async () => {
    const windows = Array.from({ length: 8 }, () => randomTokens(2 + random.integer(90), random));
    const sequences = windows.map(() => runtime.open());
    for (let at = 0; at < 92; at += 10) {
      for (const [i, window] of windows.entries()) sequences[i]!.push(window.slice(at, at + 10));
    }
    const scored = await Promise.all(sequences.map((sequence) => sequence.score()));
    expect(scored.map((probabilities) => [...probabilities])).toEqual(await scoresHere(windows));
  });

  it('answers in the order in which it was asked', async () => {
    const order: number[] = [];
    const lengths = [100, 2, 60, 2];
    await Promise.all(
      lengths.map((length, i) => scoreOf(randomTokens(length, random)).then(() => order.push(i))),
    );
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('goes on when a window fails, and leaves the others alone', async () => {
    const window = randomTokens(50, random);
    const tooLong = scoreOf(randomTokens(SHAPE.context, random));
    const unknownToken = scoreOf([5, SHAPE.vocab]);
    const good = scoreOf(window);
    await expect(tooLong).rejects.toThrow(TinyError);
    await expect(unknownToken).rejects.toThrow(/data bounds/);
    expect(await good).toEqual((await scoresHere([window]))[0]);
  });

  it('passes the hint of an error on', async () => {
    await expect(scoreOf(randomTokens(SHAPE.context, random))).rejects.toMatchObject({
      message: "the prompt is longer than the model's context of 160 tokens",
      hint: 'give a shorter prompt or window',
    });
  });

  it('refuses to score a window twice, or one that was discarded', async () => {
    const sequence = runtime.open();
    sequence.push([1, 2, 3]);
    const first = sequence.score();
    await expect(sequence.score()).rejects.toThrow(/being scored already/);
    expect(await first).toHaveLength(3);
    await expect(sequence.score()).rejects.toThrow(/not open/);
    const discarded = runtime.open();
    discarded.push([1, 2, 3]);
    discarded.discard();
    discarded.push([4]);
    await expect(discarded.score()).rejects.toThrow(/not open/);
  });

  it('leaves the event loop of the caller running', async () => {
    let answered = false;
    const scored = Promise.all(Array.from({ length: 20 }, () => scoreOf(randomTokens(100, random)))).then(
      () => {
        answered = true;
      },
    );
    let turns = 0;
    for (; !answered; turns++) await nextTurn();
    await scored;
    expect(turns).toBeGreaterThan(100);
  });

  it('generates, and scores afterwards', async () => {
    const tokens = await collect(runtime.generate([1, 2, 3], { ...endless, maxTokens: 5 }));
    expect(tokens).toHaveLength(5);
    const again = runtime.generate([1, 2, 3], { ...endless, maxTokens: 5 });
    const window = randomTokens(20, random);
    const [repeated, score] = await Promise.all([collect(again), scoreOf(window)]);
    expect(repeated).toEqual(tokens);
    expect(score).toEqual((await scoresHere([window]))[0]);
  });

  it('refuses to continue a prompt that is longer than the context', async () => {
    const drawn = runtime.generate(randomTokens(SHAPE.context + 1, random), endless);
    await expect(collect(drawn)).rejects.toThrow(TinyError);
  });
});

describe('what nobody waits for', () => {
  // So slow that the tests would take minutes if the worker did all that it was asked for.
  const shape = { layers: 4, width: 512, heads: 8, context: 8192, vocab: SHAPE.vocab };
  let runtime: ModelRuntime;
  beforeAll(async () => {
    runtime = await ModelRuntime.start(starting({ modelPath: bulkyModelFile(folder, shape), shape }));
  });
  afterAll(() => runtime.close());

  async function scoreOne(): Promise<void> {
    const sequence = runtime.open();
    sequence.push([1, 2, 3]);
    expect(await sequence.score()).toHaveLength(3);
  }

  it('is not generated: an iteration that is left early, or never begun', async () => {
    const drawn: number[] = [];
    for await (const token of runtime.generate([1, 2, 3], { ...endless, maxTokens: 8000 })) {
      drawn.push(token);
      if (drawn.length === 3) break;
    }
    expect(drawn).toHaveLength(3);
    runtime.generate([1, 2, 3], { ...endless, maxTokens: 8000 });
    await scoreOne();
  }, 20_000);

  it('is not read: windows that were discarded while they waited', async () => {
    const tokens = randomTokens(500, random);
    for (let i = 0; i < 500; i++) {
      const overtaken = runtime.open();
      overtaken.push(tokens);
      overtaken.discard();
    }
    await scoreOne();
  }, 20_000);

  it('is told when a score was waiting for it', async () => {
    const first = runtime.open();
    first.push(randomTokens(200, random));
    const second = runtime.open();
    second.push([1, 2, 3]);
    const scores = [first.score(), second.score()];
    second.discard();
    const [, refused] = await Promise.allSettled(scores);
    expect(refused).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/not open/) },
    });
  });
});

describe('a worker that ends by itself', () => {
  it('says why, and answers nothing more', async () => {
    const runtime = await ModelRuntime.start(starting());
    const waiting = runtime
      .open()
      .score()
      .catch((error: Error) => error);
    // No list of tokens: a mistake that nothing in the worker expects.
    runtime.open().push(null as unknown as number[]);
    const reason = await runtime.ended;
    expect(reason.message).toMatch(/iterable/);
    await waiting;
    await expect(runtime.open().score()).rejects.toBe(reason);
    await runtime.close();
  });

  it('is not the end that it is asked for', async () => {
    const runtime = await ModelRuntime.start(starting());
    await runtime.close();
    expect(await Promise.race([runtime.ended, nextTurn('quiet')])).toBe('quiet');
  });
});

describe('close', () => {
  it('answers what was asked before, and nothing after', async () => {
    const runtime = await ModelRuntime.start(starting());
    const sequence = runtime.open();
    sequence.push(randomTokens(100, random));
    const score = sequence.score();
    const closed = runtime.close();
    const late = runtime.open();
    const lateScore = late.score().catch((error: Error) => error.message);
    expect(await score).toHaveLength(3);
    await closed;
    expect(await lateScore).toBe('the model has been closed');
    await expect(runtime.open().score()).rejects.toThrow('the model has been closed');
    await expect(collect(runtime.generate([1], endless))).rejects.toThrow('the model has been closed');
    await runtime.close();
  });

  it('may be called twice at once', async () => {
    const runtime = await ModelRuntime.start(starting());
    await Promise.all([runtime.close(), runtime.close()]);
  });

  it('gives the memory back: ten models come and go', async () => {
    const shape = { layers: 4, width: 512, heads: 8, context: 160, vocab: SHAPE.vocab };
    const modelPath = bulkyModelFile(folder, shape);
    const modelMb = 51;
    const openAndClose = async () => {
      const runtime = await ModelRuntime.start(starting({ modelPath, shape }));
      const sequence = runtime.open();
      sequence.push(randomTokens(60, random));
      await sequence.score();
      await runtime.close();
    };
    const rssMb = () => process.memoryUsage.rss() / 1e6;
    await openAndClose();
    await openAndClose();
    const beforeMb = rssMb();
    for (let i = 0; i < 10; i++) await openAndClose();
    // A leak of one copy of the weights each time would be ten; allocators keep some pages of what was freed.
    expect(rssMb() - beforeMb).toBeLessThan(3 * modelMb);
  });
});

describe('a model that cannot be run', () => {
  it('is refused when its file is not ONNX or not there', async () => {
    const modelPath = join(folder, 'not-a-model.onnx');
    writeFileSync(modelPath, 'hello');
    const refused = { name: 'TinyError', hint: 'check the bundle with `tinyllm verify --bundle DIR`' };
    await expect(ModelRuntime.start(starting({ modelPath }))).rejects.toMatchObject(refused);
    await expect(ModelRuntime.start(starting({ modelPath: join(folder, 'nowhere') }))).rejects.toMatchObject(
      refused,
    );
  });

  it.each([{ layers: 1 }, { layers: 3 }, { width: 32 }])(
    'is refused when its shape is another: %j',
    async (wrong) => {
      await expect(ModelRuntime.start(starting({ shape: { ...SHAPE, ...wrong } }))).rejects.toMatchObject({
        name: 'TinyError',
        message: expect.stringMatching(/is not a serving graph of \d layers of width \d+/),
      });
    },
  );

  it('is refused when the prefix does not fit', async () => {
    const long = { ...task, prefix: randomTokens(SHAPE.context + 1, random) };
    await expect(ModelRuntime.start(starting({ task: long }))).rejects.toThrow(/context of 160 tokens/);
  });

  it('has no labels to score without a task', async () => {
    const { modelPath, shape, threads } = starting();
    const runtime = await ModelRuntime.start({ modelPath, shape, threads });
    const sequence = runtime.open();
    sequence.push([1, 2]);
    await expect(sequence.score()).rejects.toThrow(/without a task/);
    await runtime.close();
  });
});
