import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { type GenerationOptions, generate } from '../../../model/runtime/generator.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import { TinyError } from '../../../protocols/errors.ts';
import {
  collect,
  loadSession,
  logProbabilities,
  modelFile,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from './random-model.ts';

let session: GptSession;
const folder = temporaryFolder();
beforeAll(async () => {
  session = await loadSession(modelFile(folder));
});
afterAll(() => session.release());

const NEVER = -1;
const greedy: GenerationOptions = { maxTokens: 20, temperature: 0, seed: 1, stopToken: NEVER };

const continuation = (
  prompt: readonly number[],
  options: Partial<GenerationOptions> = {},
): Promise<number[]> => collect(generate(session, prompt, { ...greedy, ...options }));

const random = RandomStream.seeded(21);
const prompt = randomTokens(12, random);

describe('greedy generation', () => {
  it('equals reading the whole text anew for every token', async () => {
    for (let i = 0; i < 3; i++) {
      const start = randomTokens(1 + random.integer(30), random);
      const text = [...start];
      for (let drawn = 0; drawn < greedy.maxTokens; drawn++) {
        const logP = await logProbabilities(session, text);
        text.push(logP.indexOf(Math.max(...logP)));
      }
      expect(await continuation(start)).toEqual(text.slice(start.length));
    }
  });

  it('does not depend on the seed', async () => {
    expect(await continuation(prompt, { seed: 5 })).toEqual(await continuation(prompt));
  });
});

describe('sampled generation', () => {
  const sampled = { temperature: 1, topK: 40 };

  it('gives the same text for the same seed, and another for another', async () => {
    const text = await continuation(prompt, { ...sampled, seed: 5 });
    expect(await continuation(prompt, { ...sampled, seed: 5 })).toEqual(text);
    expect(await continuation(prompt, { ...sampled, seed: 6 })).not.toEqual(text);
  });

  it('is greedy with one candidate', async () => {
    expect(await continuation(prompt, { temperature: 1, topK: 1 })).toEqual(await continuation(prompt));
  });
});

describe('the end', () => {
  it('comes at the token that ends a text, which is not part of it', async () => {
    const text = await continuation(prompt);
    const stopToken = text[5]!;
    const before = text.slice(0, text.indexOf(stopToken));
    expect(await continuation(prompt, { stopToken })).toEqual(before);
  });

  it.each([1, 7])('comes after %i tokens', async (maxTokens) => {
    expect(await continuation(prompt, { maxTokens })).toEqual(
      (await continuation(prompt)).slice(0, maxTokens),
    );
  });

  it('comes when the context is full; the last token needs no room', async () => {
    const long = randomTokens(SHAPE.context - 2, random);
    expect(await continuation(long)).toHaveLength(3);
    expect(await continuation([...long, 1, 2])).toHaveLength(1);
  });

  it('comes before the start when the prompt is longer than the context', async () => {
    const tooLong = randomTokens(SHAPE.context + 1, random);
    await expect(continuation(tooLong)).rejects.toThrow(TinyError);
    await expect(continuation(new Array(300_000).fill(1))).rejects.toThrow(/context of 160 tokens/);
  });
});
