import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pruneTokenizer } from '../../model/prune-tokenizer.ts';
import { TinyError } from '../../protocols/errors.ts';
import { openBase } from '../../trainer/open-base.ts';
import type { PreparedData } from '../../trainer/prepared-data.ts';
import { loadRecipe } from '../../trainer/recipe.ts';
import { startingShape, startingWeights } from '../../trainer/starting-point.ts';
import { REPOSITORY } from '../tools.ts';

const BUNDLE = join(REPOSITORY, 'models/local');
const folder = await mkdtemp(join(tmpdir(), 'tinyllm-start-'));
afterAll(() => rm(folder, { recursive: true }));

/** The local recipe with lines changed; what is started from comes from the bundle of that name. */
async function recipeWith(change: (text: string) => string): Promise<string> {
  const shipped = await readFile(join(REPOSITORY, 'configs/recipes/local.yaml'), 'utf8');
  const path = join(folder, 'mine.yaml');
  await writeFile(path, change(shipped.replace('../tasks/', join(REPOSITORY, 'configs/tasks/'))));
  return path;
}
const without = (text: string, ...keys: string[]) =>
  keys.reduce((rest, key) => rest.replace(new RegExp(`^${key}: .*\n`, 'm'), ''), text);
const based = (text: string) => `${text}\nbase: { from: ${JSON.stringify(BUNDLE)} }\n`;

async function refusal(work: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(work)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TinyError);
  expect((error as TinyError).hint).not.toBe('');
  return (error as TinyError).message;
}

const base = await openBase(BUNDLE);
/** What of prepared data a start depends on. */
const prepared = (more: Partial<PreparedData> = {}, tokensPerExample = 12): PreparedData =>
  ({ folder, tokenizer: base.tokenizer, train: { tokensPerExample }, ...more }) as PreparedData;

describe('a recipe with a base', () => {
  it('takes shape, context and weights from it', async () => {
    const recipe = await loadRecipe(
      await recipeWith((t) => based(without(t, 'model', 'initial', 'tokenizer'))),
    );
    const shape = startingShape(recipe, prepared());
    expect(shape).toEqual(base.shape);
    const weights = await startingWeights(recipe, prepared(), shape, 1);
    expect(weights.get('wte.weight')).toEqual((await base.read()).get('wte.weight'));
  });

  it('starts from its rows of a pruned vocabulary', async () => {
    const recipe = await loadRecipe(
      await recipeWith((t) => based(without(t, 'model', 'initial', 'tokenizer'))),
    );
    const { tokenizer, ids } = pruneTokenizer(base.tokenizer, [300]);
    const prunedFrom = { sha256: base.tokenizer.hash, vocab: base.tokenizer.vocabSize, ids: [...ids] };
    const data = prepared({ tokenizer, prunedFrom });
    const shape = startingShape(recipe, data);
    expect(shape).toEqual({ ...base.shape, vocab: tokenizer.vocabSize });
    const table = (await startingWeights(recipe, data, shape, 1)).get('wte.weight')!;
    const whole = (await base.read()).get('wte.weight')!;
    const row = (of: Float32Array, id: number) => [...of.subarray(id * shape.width, (id + 1) * shape.width)];
    expect(table).toHaveLength(tokenizer.vocabSize * shape.width);
    expect(row(table, ids.indexOf(300))).toEqual(row(whole, 300));
  });

  it('may not contradict it', async () => {
    const refused = async (change: (text: string) => string) => {
      const path = await recipeWith(change);
      const message = await refusal(() => loadRecipe(path));
      expect(message).toContain(path);
      return message;
    };
    expect(
      await refused((t) =>
        based(without(t, 'initial').replace(/^model: .*/m, 'model: { layers: 6, width: 384, heads: 6 }')),
      ),
    ).toMatch(/is 4 x 96 with 3 heads, the recipe says 6 x 384 with 6 heads/);
    expect(await refused((t) => based(without(t, 'model')))).toContain('initial');
    expect(await refused((t) => without(t, 'model'))).toContain('model is missing');
    expect(await refused((t) => t.replace('finetune:', 'finetune:\n  lora: { rank: 4 }'))).toContain(
      'finetune.lora',
    );
  });

  it('is refused where a window is longer than the context, or the examples are of another tokenizer', async () => {
    const recipe = await loadRecipe(await recipeWith((t) => without(t, 'model')), BUNDLE);
    const tokens = base.shape.context + 1;
    const message = await refusal(() => startingShape(recipe, prepared({}, tokens)));
    expect(message).toContain(`${tokens} tokens`);
    expect(message).toContain('longer than the context');
    const { tokenizer } = pruneTokenizer(base.tokenizer, []);
    expect(await refusal(() => startingShape(recipe, prepared({ tokenizer })))).toContain(
      'not written with the tokenizer',
    );
  });
});
