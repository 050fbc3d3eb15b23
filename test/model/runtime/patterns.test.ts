import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../../model/bundle.ts';
import { gpt2Tokenizer } from '../../../model/gpt2-tokenizer.ts';
import { tokenTrie } from '../../../model/grammar/token-trie.ts';
import { Generations } from '../../../model/runtime/generations.ts';
import type { GenerationOptions } from '../../../model/runtime/generator.ts';
import { GptSession } from '../../../model/runtime/gpt-session.ts';
import { ModelRuntime } from '../../../model/runtime/runtime.ts';
import type { GptShape } from '../../../model/shape.ts';
import { TinyError } from '../../../protocols/errors.ts';
import { patterns, wholeText } from '../grammar/random-patterns.ts';
import { collect, modelFile, temporaryFolder } from './random-model.ts';

const folder = temporaryFolder();
const gesture = await openBundle('models/gesture');
const gpt2 = gpt2Tokenizer();
const tiny = (vocab: number): GptShape => ({ layers: 1, width: 32, heads: 1, context: 160, vocab });
const file = (name: string): string =>
  join(gesture.folder, gesture.manifest.variants.find((variant) => variant.name === name)!.file);

describe.each([
  ['random weights, GPT-2 tokens', gpt2, tiny(gpt2.vocabSize), undefined, 25],
  ['random weights, few tokens', gesture.tokenizer, tiny(gesture.tokenizer.vocabSize), undefined, 60],
  ['models/gesture', gesture.tokenizer, gesture.manifest.shape, 'fp32', 60],
  ['models/gesture, int8', gesture.tokenizer, gesture.manifest.shape, 'int8', 40],
])('%s', (_, tokenizer, shape, variant, numRuns) => {
  let session: GptSession;
  let generations: Generations;
  beforeAll(async () => {
    session = await GptSession.load(variant ? file(variant) : modelFile(folder, shape), shape, 1);
    generations = new Generations(session, { tokens: tokenTrie(tokenizer), prefixBytes: 1e8 });
  });
  afterAll(() => session.release());

  const prompt = tokenizer.encode('Which hand gesture? 35 70');
  const greedy: GenerationOptions = {
    maxTokens: 40,
    temperature: 0,
    seed: 1,
    stopToken: tokenizer.endOfText,
  };
  const written = async (pattern: string, options: Partial<GenerationOptions> = {}): Promise<string> =>
    tokenizer.decode(await collect(generations.next(prompt, { ...greedy, pattern, ...options })));

  it('writes nothing but texts that match', async () => {
    const ways = fc.constantFrom<Partial<GenerationOptions>>(
      {},
      { temperature: 1 },
      { temperature: 20, topK: 30 },
      { temperature: 5, topP: 0.7 },
    );
    await fc.assert(
      fc.asyncProperty(patterns, ways, fc.nat(99), async ({ source }, way, seed) => {
        expect(await written(source, { ...way, seed })).toMatch(wholeText(source));
      }),
      { seed: 6, numRuns },
    );
  });

  it('comes to an end with the last token that it may draw', async () => {
    for (let maxTokens = 3; maxTokens < 12; maxTokens++) {
      expect(await written('\\{[^}]*\\}!', { maxTokens, temperature: 9, seed: maxTokens })).toMatch(
        /^\{[^}]*\}!$/u,
      );
    }
  });

  it('says how many tokens are needed when there are too few', async () => {
    await expect(written('[0-9]{90}', { maxTokens: 2 })).rejects.toMatchObject({
      message: expect.stringMatching(/^the shortest text of the pattern has \d+ tokens, but 2 may be drawn$/),
      hint: expect.stringMatching(/--max-tokens/),
    });
  });
});

it('is left as it was by a pattern that allows everything', async () => {
  const session = await GptSession.load(file('fp32'), gesture.manifest.shape, 1);
  const { tokenizer } = gesture;
  const generations = new Generations(session, { tokens: tokenTrie(tokenizer) });
  const options = { maxTokens: 64, temperature: 0, seed: 1, stopToken: tokenizer.endOfText };
  const prompt = tokenizer.encode('Which hand');
  const free = await collect(generations.next(prompt, options));
  expect(await collect(generations.next(prompt, { ...options, pattern: '[^]*' }))).toEqual(free);
  await session.release();
});

describe('in the worker', () => {
  const { tokenizer, manifest } = gesture;
  const start = { modelPath: file('fp32'), shape: manifest.shape, threads: 1 };
  const options = { maxTokens: 20, temperature: 0, seed: 1, stopToken: tokenizer.endOfText };

  it('a pattern holds, and one that cannot be read is refused', async () => {
    const runtime = await ModelRuntime.start({ ...start, generation: { tokens: tokenTrie(tokenizer) } });
    const ask = (pattern: string) => collect(runtime.generate([1, 2, 3], { ...options, pattern }));
    expect(tokenizer.decode(await ask('(up|down) [0-9]{2}'))).toMatch(/^(up|down) [0-9]{2}$/);
    await expect(ask('(up')).rejects.toThrow(TinyError);
    await expect(ask('(up')).rejects.toThrow(/character 1: this "\(" is not closed/);
    await runtime.close();
  });

  it('no pattern is understood without the tokens', async () => {
    const runtime = await ModelRuntime.start(start);
    const drawn = collect(runtime.generate([1, 2, 3], { ...options, pattern: 'a' }));
    await expect(drawn).rejects.toThrow(/needs the tokens/);
    await runtime.close();
  });
});
