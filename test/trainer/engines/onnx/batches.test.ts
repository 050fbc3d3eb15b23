import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Batches } from '../../../../trainer/engines/onnx/batches.ts';
import { toExampleSet } from '../../../../trainer/example-set.ts';

const END = 0;
/** Example i: two to three tokens of prompt, an answer of one or two tokens that no other example has. */
const set = toExampleSet(
  Array.from({ length: 7 }, (_, i) => ({
    prompt: Array.from({ length: 2 + (i % 2) }, (_, k) => 10 * i + 10 + k),
    answer: i % 3 === 0 ? [10 * i + 15, END] : [10 * i + 15, 10 * i + 16, END],
    label: 0,
  })),
  6,
  99,
);
const SIZE = 3;
const batches = (seed = 1) => new Batches(set, SIZE, seed);
/** Which example stands in each sample of a batch. */
const examplesIn = (ids: Int32Array) =>
  Array.from({ length: SIZE }, (_, b) => Math.floor(ids[b * 6]! / 10) - 1);

describe('batches', () => {
  it('are a pure function of seed and step', () => {
    const forwards = batches();
    const inOrder = Array.from({ length: 12 }, (_, step) => forwards.at(step));
    const anyOrder = batches();
    for (const step of [11, 3, 7, 0, 3, 10]) expect(anyOrder.at(step)).toEqual(inOrder[step]);
    const other = batches(2);
    expect(Array.from({ length: 12 }, (_, step) => other.at(step))).not.toEqual(inOrder);
  });

  it('are those of the models that ship, bit by bit, where a recipe asks for nothing more', () => {
    const plain = batches();
    const hash = createHash('sha256');
    for (let step = 0; step < 12; step++) {
      const { ids, lossRows, targets, weight } = plain.at(step);
      for (const part of [ids, lossRows, targets, weight]) hash.update(new Uint8Array(part.buffer));
    }
    expect(hash.digest('hex')).toBe('341939b65f81b3beb47b4a7131ffb5e58474258c3e18514eceb28817d875d74d');
  });

  it('show every example once in each pass, each pass in another order', () => {
    const all = batches();
    const drawn = Array.from({ length: 14 }, (_, step) => examplesIn(all.at(step).ids)).flat();
    const passes = Array.from({ length: 6 }, (_, pass) => drawn.slice(7 * pass, 7 * pass + 7));
    for (const pass of passes) expect([...pass].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(passes.map(String)).size).toBeGreaterThan(3);
  });

  it('count the answer only, and read each answer token from the row before it', () => {
    const all = batches();
    expect(all.lossPositions).toBe(3);
    for (let step = 0; step < 7; step++) {
      const { ids, lossRows, targets, weight } = all.at(step);
      for (const [b, example] of examplesIn(ids).entries()) {
        const answer = [...set.tokens].slice(
          6 * example + set.promptLength[example]!,
          6 * example + set.length[example]!,
        );
        const counted = [0, 1, 2].map((k) => 3 * b + k).filter((k) => weight[k]! > 0);
        expect(counted.map((k) => targets[k])).toEqual(answer);
        expect(counted.map((k) => ids[lossRows[k]! + 1])).toEqual(answer);
        // Padding reads some row of its own sample.
        for (let k = 3 * b; k < 3 * b + 3; k++) expect(Math.floor(lossRows[k]! / 6)).toBe(b);
      }
    }
  });
});
