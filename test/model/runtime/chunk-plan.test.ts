import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { ChunkPlan, mostTokensAtOnce } from '../../../model/runtime/chunk-plan.ts';
import { PRESETS } from '../../../model/shape.ts';

/** A window fed row by row through a plan: the chunks, each with the tokens that had come by then, and what was left. */
function readWindow(plan: ChunkPlan, rows: readonly number[]) {
  const chunks: { size: number; arrived: number }[] = [];
  let read = 0;
  let arrived = 0;
  const readChunks = (isComplete: boolean): void => {
    for (;;) {
      const size = plan.chunk({ read, waiting: arrived - read, isComplete, othersFill: true });
      if (size === 0) return;
      chunks.push({ size, arrived });
      read += size;
    }
  };
  for (const tokens of rows) {
    arrived += tokens;
    readChunks(false);
  }
  const early = read;
  readChunks(true);
  return { chunks, early, left: arrived - read };
}

const random = RandomStream.seeded(61);

describe('the plan of a window whose length is known', () => {
  const limits = [32, 64, 128];

  it('leaves the last row and at most one token more, in chunks as few, as even and as equal as can be', () => {
    for (let trial = 0; trial < 500; trial++) {
      const perRow = 1 + random.integer(9);
      const rows = 1 + random.integer(60);
      const mark = 1 + random.integer(3);
      const limit = limits[random.integer(limits.length)]!;
      const tokens = rows * perRow + mark;
      const plan = new ChunkPlan(limit, { tokens, withLastRow: perRow + mark });
      const arrivals = Array.from({ length: rows }, (_, row) => perRow + (row === rows - 1 ? mark : 0));
      const { chunks, left } = readWindow(plan, arrivals);
      const sizes = chunks.map(({ size }) => size);

      expect(left - (perRow + mark)).toBeGreaterThanOrEqual(0);
      expect(left - (perRow + mark)).toBeLessThanOrEqual(1);
      expect(sizes.every((size) => size % 2 === 0 && size >= 2 && size <= limit)).toBe(true);
      expect(sizes).toHaveLength(Math.ceil((tokens - left) / limit));
      expect(Math.max(0, ...sizes) - Math.min(...sizes, limit)).toBeLessThanOrEqual(
        sizes.length < 2 ? limit : 2 * sizes.length,
      );
      // All of them before the last row is there.
      expect(chunks.every(({ arrived }) => arrived < tokens)).toBe(true);
    }
  });

  it('reads 252 values of six channels as it was measured to be best', () => {
    const plan = new ChunkPlan(64, { tokens: 253, withLastRow: 7 });
    const { chunks, left } = readWindow(plan, [...new Array(41).fill(6), 7]);
    expect(chunks.map(({ size }) => size)).toEqual([62, 62, 62, 60]);
    expect(left).toBe(7);
  });

  it('ends, for a large model, with a short run before the last row', () => {
    const plan = new ChunkPlan(32, { tokens: 256, withLastRow: 4 }, 8);
    const { chunks, left } = readWindow(plan, [...new Array(84).fill(3), 4]);
    expect(chunks.at(-1)).toEqual({ size: 8, arrived: 252 });
    expect(chunks.slice(0, -1).map(({ size }) => size)).toEqual([32, 32, 30, 30, 30, 30, 30, 30]);
    expect(left).toBe(4);
  });

  it('knows how much is still to come, and no end of a window that outgrew it', () => {
    const plan = new ChunkPlan(64, { tokens: 100, withLastRow: 7 });
    expect(plan.toCome({ read: 46, waiting: 4 })).toBe(50);
    expect(plan.toCome({ read: 92, waiting: 30 })).toBe(0);
  });
});

describe('any window', () => {
  it('is read in runs within the limit, each chunk even, with two tokens or more left for the end', () => {
    for (let trial = 0; trial < 500; trial++) {
      const length = { tokens: 2 + random.integer(200), withLastRow: 1 + random.integer(20) };
      const plan = new ChunkPlan(64, trial % 2 === 0 ? undefined : length);
      // Neither as long as planned nor in pieces of one size.
      const pieces = Array.from({ length: 1 + random.integer(40) }, () => 2 + random.integer(40));
      const { chunks, left } = readWindow(plan, pieces);
      expect(chunks.every(({ size }) => size % 2 === 0 && size >= 2 && size <= 64)).toBe(true);
      const planned = trial % 2 === 0 ? 0 : length.tokens;
      expect(left).toBeLessThanOrEqual(64 + Math.max(planned, 0));
      if (trial % 2 === 0) expect(left).toBeGreaterThanOrEqual(2);
    }
  });

  it.each([
    { othersFill: true, runs: [64, 64, 64], left: 61 },
    { othersFill: false, runs: [128], left: 125 },
  ])('that is there at once is read in as few runs as may be: %o', ({ othersFill, runs, left }) => {
    const { chunks } = readWindow(new ChunkPlan(64), []);
    expect(chunks).toEqual([]);
    const plan = new ChunkPlan(64, { tokens: 253, withLastRow: 7 });
    const sizes: number[] = [];
    let waiting = 253;
    const next = () => plan.chunk({ read: 253 - waiting, waiting, isComplete: true, othersFill });
    for (let size = next(); size > 0; size = next()) {
      sizes.push(size);
      waiting -= size;
    }
    expect(sizes).toEqual(runs);
    expect(waiting).toBe(left);
  });
});

describe('the limit of a run', () => {
  it('falls with the size of the model, within bounds, and is even', () => {
    const tiny = { layers: 4, width: 96, heads: 3, context: 128, vocab: 500 };
    const limits = [tiny, PRESETS['30M'], PRESETS['51M'], PRESETS['124M']].map(mostTokensAtOnce);
    expect(limits).toEqual([128, 64, 32, 32]);
  });
});
