import { describe, expect, it } from 'vitest';
import { promptTokens } from '../../protocols/prompt.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { earlyLoss } from '../../trainer/early-loss.ts';
import { Batches } from '../../trainer/engines/onnx/batches.ts';
import { toExampleSet } from '../../trainer/example-set.ts';
import { taskTokenizer } from '../../trainer/task-tokenizer.ts';
import { ROWS, task } from './two-axes.ts';

const writerOf = (fitted: FittedTask) => promptWriter(fitted, taskTokenizer('small', fitted));
const EOT = taskTokenizer('small', task()).endOfText;

describe('the loss at later time steps', () => {
  const writer = writerOf(task());
  const early = earlyLoss({ fromShare: 0.5, weight: 0.3 }, task(), writer);
  const prefix = [...writer.prefix];
  /** Both windows rise on x at their third step; each token of the prompt is known. */
  const rows = Array.from({ length: ROWS }, (_, r) => Float64Array.of(r < 2 ? -1 : 1, -1));
  const prompt = [...prefix, ...promptTokens(writer, rows)];
  const examples = writer.completions.map(({ tokens }, label) => ({ prompt, answer: tokens, label }));
  const width = prompt.length + 2;
  const set = toExampleSet(examples, width, EOT);

  it('stands at the last channel of each step from the share on', () => {
    expect(early.positions.map((at) => at - prefix.length)).toEqual([5, 7, 9]);
    expect(early.weight).toBeCloseTo(0.1, 12);
    // A step later is the mark.
    expect(prefix.length + 10).toBe(prompt.length - 1);
    expect(earlyLoss({ fromShare: 0.99, weight: 1 }, task(), writer).positions).toHaveLength(1);
    expect(earlyLoss({ fromShare: 0, weight: 1 }, task(), writer).positions).toHaveLength(ROWS);
  });

  it('asks there for the first token of the label, beside the answer', () => {
    const batches = new Batches(set, 2, 1, { early });
    expect(batches.lossPositions).toBe(2 + 3);
    const { ids, lossRows, targets, weight } = batches.at(0);
    for (const b of [0, 1]) {
      const label = ids[b * width + prompt.length]!;
      const own = <T extends ArrayLike<number>>(all: T) => Array.from(all).slice(5 * b, 5 * b + 5);
      expect(own(targets)).toEqual([label, EOT, label, label, label]);
      expect(own(lossRows).map((row) => row - b * width)).toEqual([
        prompt.length - 1,
        prompt.length,
        ...early.positions,
      ]);
      expect(own(weight)).toEqual([1, 1, ...Array(3).fill(Math.fround(0.3 / 3))]);
    }
  });

  it('is refused where labels begin alike, with both names', () => {
    const alike = task(['slow lap', 'slow rest', 'turn']);
    expect(() => earlyLoss({ fromShare: 0.5, weight: 0.3 }, alike, writerOf(alike))).toThrow(
      /finetune\.earlyLoss: the answers "slow lap" and "slow rest" begin with the same token/,
    );
  });
});
