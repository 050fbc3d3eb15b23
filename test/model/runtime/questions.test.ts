import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import { LabelScorer } from '../../../model/runtime/label-scorer.ts';
import { LabelTrie } from '../../../model/runtime/label-trie.ts';
import type { Completion, Question } from '../../../protocols/prompt.ts';
import { loadSession, modelFile, randomTokens, temporaryFolder } from './random-model.ts';

const END = 0;
/** Digits are tokens 10 to 19. */
const numberUpTo = (max: number, question: Question): Completion[] =>
  Array.from({ length: max + 1 }, (_, value) => {
    const digits = [...String(value).padStart(2, '0')].map((digit) => 10 + Number(digit));
    return { question, label: String(value), value, tokens: [...digits, END] };
  });

// The name of one question is the beginning of the other's.
const x: Question = { name: 'x', tokens: [30] };
const xy: Question = { name: 'xy', tokens: [30, 31] };
const place: Question = { name: 'place', tokens: [40] };
const places: Completion[] = [[50], [50, 51], [52]].map((tokens, i) => ({
  question: place,
  label: `place ${i}`,
  tokens: [...tokens, END],
}));
const all = [...places, ...numberUpTo(24, x), ...numberUpTo(35, xy)];

let session: GptSession;
const folder = temporaryFolder();
beforeAll(async () => {
  session = await loadSession(modelFile(folder));
});
afterAll(() => session.release());

const random = RandomStream.seeded(3);
const prefix = randomTokens(5, random);
const window = randomTokens(20, random);

async function score(completions: readonly Completion[], prompt: readonly number[]): Promise<number[]> {
  const scorer = await LabelScorer.create(session, { prefix, completions });
  scorer.open(1);
  await scorer.push(1, prompt);
  return [...(await scorer.score(1))];
}

describe('several questions', () => {
  it('are answered in one run as each would be alone, after its name', async () => {
    const together = await score(all, window);
    let from = 0;
    for (const { tokens, name } of [place, x, xy]) {
      const own = all.filter(({ question }) => question!.name === name);
      const alone = await score(
        own.map(({ question: _, ...completion }) => completion),
        [...window, ...tokens],
      );
      expect(alone.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      for (const [i, p] of alone.entries()) expect(together[from + i]).toBeCloseTo(p, 5);
      from += own.length;
    }
  });

  it('have distributions of their own, not one over all', async () => {
    const together = await score(all, window);
    expect(together.reduce((a, b) => a + b)).toBeCloseTo(3, 9);
    expect(new Set(together.map((p) => p.toFixed(9))).size).toBeGreaterThan(30);
  });
});

it('reads digits only where there is a choice', () => {
  // 00 to 35: the end of the prompt, and one row for each of the first digits 0 to 3.
  expect(new LabelTrie(numberUpTo(35, { name: 'n', tokens: [] })).readRows).toHaveLength(5);
  // 30 to 35 have one first digit: it is fed, not read.
  const few = numberUpTo(35, { name: 'n', tokens: [] }).slice(30);
  expect(new LabelTrie(few).readRows).toEqual([0]);
});
