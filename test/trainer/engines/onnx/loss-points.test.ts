import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../model/random.ts';
import { initialWeights } from '../../../../model/weights.ts';
import { Batches } from '../../../../trainer/engines/onnx/batches.ts';
import { LossPoints, type Teacher } from '../../../../trainer/engines/onnx/loss-points.ts';
import { TrainingSession } from '../../../../trainer/engines/onnx/training-session.ts';
import { toExampleSet } from '../../../../trainer/example-set.ts';

const END = 0;
/** Three labels of one or two tokens. */
const ANSWERS = [
  [5, END],
  [6, 7, END],
  [8, END],
];
const examples = [0, 1, 2, 1].map((label, i) => ({ prompt: [1, 2 + i, 3], answer: ANSWERS[label]!, label }));
const WIDTH = 6;
const set = toExampleSet(examples, WIDTH, END);
const probabilities = Float32Array.from([
  ...[0.5, 0.25, 0.25],
  ...[0, 1, 0],
  ...[0.125, 0.125, 0.75],
  ...[1, 0, 0],
]);
const teacher: Teacher = { probabilities, labels: 3, share: 0.5, firstTokens: [5, 6, 8] };

describe('what is learnt from an example', () => {
  it('is its answer', () => {
    const points = new LossPoints(set);
    expect(points.most).toBe(3);
    expect(points.of(1)).toEqual([
      { position: 2, target: 6, weight: 1 },
      { position: 3, target: 7, weight: 1 },
      { position: 4, target: END, weight: 1 },
    ]);
  });

  it('is with a teacher a mixture of truth and teacher, then the rest of the answer', () => {
    const points = new LossPoints(set, { teacher });
    expect(points.most).toBe(3 + 2);
    expect(points.of(0)).toEqual([
      { position: 2, target: 5, weight: 0.75 },
      { position: 2, target: 6, weight: 0.125 },
      { position: 2, target: 8, weight: 0.125 },
      { position: 3, target: END, weight: 1 },
    ]);
    // The teacher is sure of another label.
    expect(points.of(3).map(({ target, weight }) => [target, weight])).toEqual([
      ...[
        [5, 0.5],
        [6, 0.5],
        [8, 0],
      ],
      ...[
        [7, 1],
        [END, 1],
      ],
    ]);
  });

  it('is with a teacher of share 0, and with one who knows, what it is without', () => {
    const plain = new LossPoints(set);
    const counting = (teacher: Teacher, i: number) =>
      new LossPoints(set, { teacher }).of(i).filter(({ weight }) => weight > 0);
    for (const i of examples.keys()) {
      expect(counting({ ...teacher, share: 0 }, i)).toEqual(plain.of(i));
    }
    expect(counting({ ...teacher, share: 1 }, 1)).toEqual(plain.of(1));
  });

  it('gives the cross entropy against the mixture', async () => {
    const shape = { layers: 1, width: 32, heads: 1, context: WIDTH, vocab: 12 };
    const batches = new Batches(set, examples.length, 1, { teacher });
    const { ids, lossRows, targets, weight } = batches.at(0);
    const session = await TrainingSession.create({
      shape,
      batch: examples.length,
      tokens: WIDTH,
      lossPositions: batches.lossPositions,
      weights: initialWeights(shape, RandomStream.seeded(4)),
      threads: 1,
    });
    const { lossNats } = await session.forwardBackward({ ids, lossRows, targets, weight });

    // The same from the model's probabilities, example by example.
    const headIds = Int32Array.from({ length: shape.vocab }, (_, id) => id);
    const logits = await session.logits({ ids, rows: lossRows, headIds });
    await session.release();
    const logOf = (place: number, token: number): number => {
      const own = logits.subarray(place * shape.vocab, (place + 1) * shape.vocab);
      return own[token]! - Math.log(own.reduce((sum, logit) => sum + Math.exp(logit), 0));
    };
    let sum = 0;
    let total = 0;
    for (let b = 0; b < examples.length; b++) {
      const i = examples.findIndex(({ prompt }) => prompt[1] === ids[b * WIDTH + 1]);
      const { label, answer } = examples[i]!;
      const first = b * batches.lossPositions;
      for (const l of [0, 1, 2]) {
        const mixed = 0.5 * (l === label ? 1 : 0) + 0.5 * probabilities[3 * i + l]!;
        sum -= mixed * logOf(first, ANSWERS[l]![0]!);
      }
      for (const [k, token] of answer.slice(1).entries()) sum -= logOf(first + 3 + k, token);
      total += answer.length;
    }
    expect(lossNats).toBeCloseTo(sum / total, 5);
  });
});
