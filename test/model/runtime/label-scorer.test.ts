import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import { KvCache } from '../../../model/runtime/kv-cache.ts';
import { LabelScorer } from '../../../model/runtime/label-scorer.ts';
import { LabelTrie } from '../../../model/runtime/label-trie.ts';
import { TinyError } from '../../../protocols/errors.ts';
import {
  bulkyModelFile,
  loadSession,
  logProbabilities,
  modelFile,
  randomTokens,
  SHAPE,
  temporaryFolder,
} from './random-model.ts';

const END = 0;
const labelled = (...tokens: number[][]) =>
  tokens.map((label, i) => ({ label: `label ${i}`, tokens: [...label, END] }));

/** Sets of labels as tokens, without end-of-text. */
const LABEL_SETS = {
  'one token each': labelled([7], [9], [250]),
  'shared beginnings': labelled([7, 8, 9], [7, 8, 10], [7, 11], [12, 8, 9], [12, 8, 10]),
  'one label the beginning of another': labelled([20], [20, 21], [20, 21, 22], [23, 24, 25]),
  'long tails after a distinct first token': labelled([30, 31, 32, 33], [34, 35, 36], [37]),
  'a token that repeats': labelled([40, 40, 40], [40, 40], [41, 40]),
  'a single label': labelled([50, 51]),
};

let session: GptSession;
const folder = temporaryFolder();
beforeAll(async () => {
  session = await loadSession(modelFile(folder));
});
afterAll(() => session.release());

const random = RandomStream.seeded(11);
const prefix = randomTokens(9, random);
const completions = LABEL_SETS['shared beginnings'];

async function scoreWhole(
  scorer: LabelScorer,
  sequence: number,
  chunks: readonly (readonly number[])[],
): Promise<number[]> {
  scorer.open(sequence);
  for (const chunk of chunks) await feed(scorer, sequence, chunk);
  return [...(await scorer.score(sequence))];
}

/** Tokens that come, and all runs of the model that they make possible. */
async function feed(scorer: LabelScorer, sequence: number, tokens: readonly number[]): Promise<void> {
  scorer.push(sequence, tokens);
  while ([...scorer.readable()].some((open) => open.sequence === sequence)) await scorer.read(sequence);
}

/** The tokens in chunks of random sizes, empty ones too. */
function split(tokens: readonly number[], largest: number): number[][] {
  const chunks: number[][] = [];
  for (let at = 0; at < tokens.length; ) {
    const size = random.integer(largest + 1);
    chunks.push(tokens.slice(at, at + size));
    at += size;
  }
  return chunks;
}

/** All tokens in one run of the graph, past every cache and chunk of the scorer. */
async function oneShot(prompt: readonly number[], labels: typeof completions): Promise<number[]> {
  const trie = new LabelTrie(labels);
  const end = prompt.length;
  const logits = await session.step(new KvCache(SHAPE), {
    ids: [...prompt, ...trie.rows.map(({ token }) => token)],
    positions: [...prompt.keys(), ...trie.rows.map(({ depth }) => end + depth)],
    sees: (i, j) => (i < end ? j <= i : j < end || trie.isSelfOrAncestor(j - end, i - end)),
    rows: trie.readRows.map((row) => end + row),
    head: trie.headIds,
    keep: 0,
  });
  return [...trie.probabilities(logits)];
}

describe('the probability of a label', () => {
  it.each(Object.entries(LABEL_SETS))(
    'is that of its tokens, teacher-forced one by one: %s',
    async (_, labels) => {
      const scorer = await LabelScorer.create(session, { prefix, completions: labels });
      for (const length of [2, 40]) {
        const window = randomTokens(length, random);
        const scored = await scoreWhole(scorer, 0, [window]);
        const naive = await naiveScores([...prefix, ...window], labels);
        expect(scored.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        for (const [i, p] of scored.entries()) expect(Math.abs(p - naive[i]!)).toBeLessThan(1e-5);
      }
    },
  );

  it('differs from label to label, so the comparison above can fail', async () => {
    const scorer = await LabelScorer.create(session, { prefix, completions });
    const scored = await scoreWhole(scorer, 0, [randomTokens(20, random)]);
    expect(Math.max(...scored) - Math.min(...scored)).toBeGreaterThan(0.01);
  });
});

/**
 * Each label in a run of its own: the product, over its tokens, of the token's share among those that
 * lead to some label from there. Written from the definition, without a trie.
 */
async function naiveScores(prompt: readonly number[], labels: typeof completions): Promise<number[]> {
  const scores: number[] = [];
  for (const { tokens } of labels) {
    let p = 1;
    for (const [i, token] of tokens.entries()) {
      const said = tokens.slice(0, i);
      const ways = labels.filter((other) => said.every((t, k) => other.tokens[k] === t));
      const next = new Set(ways.flatMap((other) => other.tokens[i] ?? []));
      const logP = await logProbabilities(session, [...prompt, ...said]);
      p *= Math.exp(logP[token]!) / [...next].reduce((sum, t) => sum + Math.exp(logP[t]!), 0);
    }
    scores.push(p);
  }
  return scores;
}

describe('a window that comes in pieces', () => {
  // Labels of one token add no rows of their own to the last run: a single token left over would be read alone.
  const labelSets = [LABEL_SETS['shared beginnings'], LABEL_SETS['one token each']];

  it.each([2, 3, 31, 33, 34, 35, 65, 66, 67, 120])(
    'of %i tokens scores bit for bit as in one run',
    async (length) => {
      for (const labels of labelSets) {
        const scorer = await LabelScorer.create(session, { prefix, completions: labels });
        const window = randomTokens(length, random);
        const expected = await oneShot([...prefix, ...window], labels);
        for (const chunks of [[window], ...[1, 5, 50].map((largest) => split(window, largest))]) {
          expect(await scoreWhole(scorer, 0, chunks)).toEqual(expected);
        }
      }
    },
  );

  it('of any length scores bit for bit as in one run, be the plan right, wrong or absent', async () => {
    for (let trial = 0; trial < 60; trial++) {
      const labels = labelSets[trial % 2]!;
      const planned = 2 + random.integer(130);
      const windowLength = { tokens: planned, withLastRow: 1 + random.integer(Math.min(planned, 12)) };
      const task = { prefix, completions: labels, ...(trial % 5 > 0 && { windowLength }) };
      const scorer = await LabelScorer.create(session, task);
      const window = randomTokens(trial % 3 === 0 ? 2 + random.integer(130) : planned, random);
      const expected = await oneShot([...prefix, ...window], labels);
      expect(await scoreWhole(scorer, 0, split(window, 1 + random.integer(9)))).toEqual(expected);
    }
  });

  it('that ends just where a chunk did has rows of it read again, not one row alone', async () => {
    const windowLength = { tokens: 60, withLastRow: 4 };
    const scorer = await LabelScorer.create(session, {
      prefix,
      completions: LABEL_SETS['one token each'],
      windowLength,
    });
    for (const length of [56, 57]) {
      const window = randomTokens(length, random);
      const expected = await oneShot([...prefix, ...window], LABEL_SETS['one token each']);
      expect(await scoreWhole(scorer, 0, split(window, 3))).toEqual(expected);
    }
  });

  it('leaves the last row and the label trie to be read when the last row comes', async () => {
    const scorer = await LabelScorer.create(session, {
      prefix,
      completions,
      windowLength: { tokens: 67, withLastRow: 7 },
    });
    const window = randomTokens(67, random);
    scorer.open(0);
    await feed(scorer, 0, window.slice(0, 60));
    const rowsBefore = scorer.rows;
    await feed(scorer, 0, window.slice(60));
    await scorer.score(0);
    expect(rowsBefore).toBe(60);
    expect(scorer.rows - rowsBefore).toBe(7 + new LabelTrie(completions).rows.length);
  });

  it('scores the same with the prefix cached and with the prefix fed', async () => {
    const cached = await LabelScorer.create(session, { prefix, completions });
    const fed = await LabelScorer.create(session, { prefix: [], completions });
    const window = randomTokens(80, random);
    const expected = await scoreWhole(cached, 0, split(window, 12));
    expect(await scoreWhole(fed, 0, split([...prefix, ...window], 12))).toEqual(expected);
  });

  it('is not touched by windows of other boards in between', async () => {
    const scorer = await LabelScorer.create(session, { prefix, completions });
    const windows = Array.from({ length: 6 }, () => randomTokens(20 + random.integer(100), random));
    const left = windows.map((window) => split(window, 9));
    for (const board of windows.keys()) scorer.open(board);
    while (left.some((chunks) => chunks.length > 0)) {
      const board = random.integer(windows.length);
      const chunk = left[board]!.shift();
      if (chunk) await feed(scorer, board, chunk);
    }
    for (const board of random.permutation(windows.length)) {
      const expected = await oneShot([...prefix, ...windows[board]!], completions);
      expect([...(await scorer.score(board))]).toEqual(expected);
    }
  });

  it('sees nothing of the windows whose memory it takes over', async () => {
    const scorer = await LabelScorer.create(session, { prefix, completions });
    const long = randomTokens(140, random);
    await scoreWhole(scorer, 0, [long]);
    scorer.open(1);
    await feed(scorer, 1, long);
    scorer.discard(1);
    const short = randomTokens(40, random);
    expect(await scoreWhole(scorer, 2, [short])).toEqual(await oneShot([...prefix, ...short], completions));
  });
});

describe('a large model with a window that is there at once', () => {
  /** It reads 72 tokens in a run while windows fill. */
  const large = { layers: 3, width: 512, heads: 8, context: 160, vocab: 300 };
  const window = randomTokens(120, random);
  let model: GptSession;
  beforeAll(async () => {
    model = await loadSession(bulkyModelFile(folder, large), large);
  });
  afterAll(() => model.release());

  it('answers in one run, or in shorter ones while another window fills', async () => {
    const scorer = await LabelScorer.create(model, { prefix, completions });
    const complete = (sequence: number): void => {
      scorer.open(sequence);
      scorer.push(sequence, window);
      scorer.complete(sequence);
    };
    complete(0);
    expect(await scorer.advance(0)).toBeDefined();
    scorer.open(1);
    complete(2);
    expect(await scorer.advance(2)).toBeUndefined();
    scorer.complete(1);
    expect(await scorer.advance(2)).toBeDefined();
  });
});

describe('a window that cannot be scored', () => {
  const tooLong = randomTokens(SHAPE.context, random);

  it('says that it outgrew the context; the next one is scored', async () => {
    const scorer = await LabelScorer.create(session, { prefix, completions });
    const longest = SHAPE.context - prefix.length - 2; // labels reach two tokens beyond the prompt
    await expect(scoreWhole(scorer, 0, [tooLong])).rejects.toThrow(TinyError);
    await expect(scoreWhole(scorer, 1, split(tooLong, 7))).rejects.toThrow(/context of 160 tokens/);
    await expect(scoreWhole(scorer, 2, [tooLong.slice(0, longest + 1)])).rejects.toThrow(
      /context of 160 tokens/,
    );
    const fits = tooLong.slice(0, longest);
    expect(await scoreWhole(scorer, 3, [fits])).toEqual(await oneShot([...prefix, ...fits], completions));
  });

  it('takes as many tokens at once as come', async () => {
    const scorer = await LabelScorer.create(session, { prefix, completions });
    await expect(scoreWhole(scorer, 0, [new Array(300_000).fill(1)])).rejects.toThrow(
      /context of 160 tokens/,
    );
  });

  it('has no token, or is not open', async () => {
    const scorer = await LabelScorer.create(session, { prefix, completions });
    await expect(scoreWhole(scorer, 0, [])).rejects.toThrow(/without tokens/);
    await expect(scorer.score(0)).rejects.toThrow(/not open/);
    scorer.push(0, [1, 2, 3]);
    scorer.discard(0);
    await expect(scorer.score(0)).rejects.toThrow(/not open/);
  });

  it('has a prefix that fills the context by itself', async () => {
    const task = { prefix: randomTokens(SHAPE.context + 1, random), completions };
    await expect(LabelScorer.create(session, task)).rejects.toThrow(/context of 160 tokens/);
  });
});
