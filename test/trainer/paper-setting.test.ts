import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { LabelledRow } from '../../trainer/datasets/dataset.ts';
import { readJsonLines } from '../../trainer/datasets/json-lines.ts';
import { readDataset } from '../../trainer/datasets/registry.ts';
import { loadRecipe } from '../../trainer/recipe.ts';
import { rowWindow } from '../../trainer/row-windows.ts';
import { fitted } from '../protocols/examples.ts';
import { REPOSITORY, requireData } from '../tools.ts';

/*
 * What the recipes paper-*.yaml train on, row by row beside what the data sets keep of the paper's own prompts. Where
 * the two differ, the test says how.
 */

describe('a prompt in the paper’s setting', () => {
  it('holds a gesture as its file does, but for the 51st sample that some have', async (test) => {
    const first50 = (text: string) => text.replaceAll(/(\[(?:\d+, ){49}\d+), \d+\]/g, '$1]');
    for (const { input, source } of await prompts<{ text: string }>('gesture', test)) {
      expect(input).toBe(first50(source.text));
    }
  });

  it.for(['local', 'breathe'] as const)('holds a row of %s as its file does', async (dataset, test) => {
    for (const { input, source } of await prompts<{ text: string }>(dataset, test)) {
      expect(input).toBe(source.text);
    }
  });

  it('holds a window of swim as its file does: short ones end as their last sample, halves may fall to the other side', async (test) => {
    let others = 0;
    const windows = await prompts<Record<'X' | 'Y' | 'Z', number[]>>('swim', test);
    for (const { input, source, row } of windows) {
      const { n, axes } = { n: row.recording.timesUs.length, axes: listsOf(input) };
      expect(Object.keys(axes)).toEqual(['X', 'Y', 'Z']);
      for (const [c, axis] of (['X', 'Y', 'Z'] as const).entries()) {
        const written = axes[axis]!;
        expect(written).toHaveLength(100);
        for (let i = 0; i < 100; i++) {
          const k = Math.min(i, n - 1);
          if (written[i] === source[axis][k]) continue;
          // The recordings have three decimals; the source rounded before it cut those.
          expect(Math.abs(row.recording.values[k * row.recording.channels.length + c]! % 1)).toBe(0.5);
          expect(Math.abs(written[i]! - source[axis][k]!)).toBe(1);
          others++;
        }
      }
    }
    expect(others / (windows.length * 300)).toBeLessThan(0.001);
  });
});

interface Prompted<Source> {
  /** The input block of our prompt. */
  readonly input: string;
  readonly row: LabelledRow;
  /** The same row in the file. */
  readonly source: Source;
}

/** Every row of a data set as the recipe paper-<dataset>.yaml writes it; its instruction is the paper's (checked). */
async function prompts<Source>(
  dataset: 'gesture' | 'local' | 'breathe' | 'swim',
  test: TestContext,
): Promise<Prompted<Source>[]> {
  const path = requireData(dataset, test);
  const recipe = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', `paper-${dataset}.yaml`));
  const task = fitted(recipe.spec, { template: recipe.prompt.template });
  const writer = promptWriter(task, gpt2Tokenizer());
  const { instruction_in_training_code: instruction } = JSON.parse(
    readFileSync(join(path, 'prompt.json'), 'utf8'),
  ) as { instruction_in_training_code: string };
  const [head, tail] = [`### Instruction:\n${instruction}\n\n### Input:\n`, '\n\n### Response:\n'];
  const { lines } = await readJsonLines(path);
  const sources = new Map(lines.map(({ value }) => [(value as { id: string }).id, value as Source]));
  const { rows, skipped } = await readDataset(dataset, path, recipe);
  expect(skipped).toEqual([]);
  expect(rows).toHaveLength(sources.size);
  return rows.map((row) => {
    const text = writer.text(rowWindow(recipe.spec, row, 0));
    expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
    return { input: text.slice(head.length, -tail.length), row, source: sources.get(row.id)! };
  });
}

/** `X: [1, 2]\nY: [3]\n` -> `{ X: [1, 2], Y: [3] }`. */
const listsOf = (input: string): Record<string, number[]> =>
  Object.fromEntries(
    input
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': '))
      .map(([axis, list]) => [axis!, JSON.parse(list!) as number[]]),
  );
