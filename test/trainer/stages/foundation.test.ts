import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBundle, sha256 } from '../../../model/bundle.ts';
import { manifestDigest } from '../../../model/checked-folder.ts';
import { readLanguageGolden } from '../../../model/language-golden.ts';
import { openSharedBase } from '../../../model/shared-base.ts';
import { verifyLanguage } from '../../../model/verify-language.ts';
import { encodeWeights } from '../../../model/weights.ts';
import { openBase } from '../../../trainer/open-base.ts';
import { bundleFoundation } from '../../../trainer/stages/foundation.ts';
import { pretrain } from '../../../trainer/stages/pretrain.ts';
import { planPretraining } from '../../../trainer/stages/pretrain-plan.ts';
import { openTextModel } from '../../../trainer/text-model.ts';
import { relativeRms } from '../../model/quantize/relative-rms.ts';
import { folderWith } from '../corpus/corpus-files.ts';
import { tinyCorpus } from '../engines/tiny-pretraining.ts';
import { TOKENS_PER_STEP, tinyRecipe, tinyRun, tinyTrainingOf } from './tiny-foundation.ts';

const BUNDLE = { variants: ['int8', 'q4'], maxBytes: 200_000, maxRise: 0.1, textKb: 2 };
const TRAINING = tinyTrainingOf(30, {
  learningRate: 0.01,
  evaluateEvery: 10,
  samples: { prompts: ['word1', 'word2'], tokens: 8 },
  language: { textKb: 1, questions: 4 },
});

describe('a language model, from its corpus to the folder that ships', () => {
  const out = folderWith({});
  const { run, training, notes } = tinyRun(out);
  let corpus: string;
  let bundle: string;

  /** The whole command: what is done already is not done again. */
  async function make(packing: object = BUNDLE): Promise<string | undefined> {
    const recipe = await tinyRecipe({ ...TRAINING, bundle: packing });
    const plan = await planPretraining(recipe, corpus);
    const { model } = await pretrain(plan, training, run);
    return bundleFoundation(recipe, { model, plan, engine: 'onnx', threads: 1 }, run);
  }

  beforeAll(async () => {
    corpus = (await tinyCorpus()).folder;
    bundle = (await make())!;
  });

  const linesOf = (name: string): Record<string, unknown>[] =>
    readFileSync(join(out, 'pretrain', name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('writes and answers at every checkpoint', () => {
    expect(linesOf('samples.jsonl').map(({ step, prompt }) => [step, prompt])).toEqual(
      [10, 20, 30].flatMap((step) => [
        [step, 'word1'],
        [step, 'word2'],
      ]),
    );
    const figures = linesOf('language.jsonl');
    expect(figures.map(({ step }) => step)).toEqual([10, 20, 30]);
    expect(Number(figures[2]!.bitsPerByte)).toBeLessThan(Number(figures[0]!.bitsPerByte));
    expect(notes).toContainEqual(
      expect.stringMatching(/^pretrain: step 10: "word1" → ".*"\npretrain: step 10: /),
    );
  });

  it('ships with its figures, its lineage and its card', async () => {
    expect(readdirSync(bundle).sort()).toEqual(
      [
        'card.md',
        'golden.json',
        'manifest.json',
        'model.int8.onnx',
        'model.q4.onnx',
        'tokenizer.json',
      ].sort(),
    );
    const { manifest } = await openSharedBase(bundle);
    const { weightsHash } = await openBase(join(out, 'pretrain', 'model'));
    expect(manifest).toMatchObject({
      format: 'tinyllm-base/1',
      name: 'tiny',
      variants: [{ name: 'int8', language: { text: 'validation split' } }, { name: 'q4' }],
      lineage: {
        base: { name: 'tiny', sha256: weightsHash },
        pretraining: { engine: 'onnx', seed: 1, steps: 30, tokens: 30 * TOKENS_PER_STEP },
      },
    });
    const [int8, q4] = manifest.variants.map(({ language }) => language!.bitsPerByte);
    expect(Math.abs(int8! / q4! - 1)).toBeLessThan(0.1);
    const card = readFileSync(join(bundle, 'card.md'), 'utf8');
    for (const figure of [int8!, q4!]) expect(card).toContain(figure.toFixed(4));
    expect(card).toMatch(/\| fp32 \| {2}\| \d/);
  });

  it('is verified, and has no task', async () => {
    const base = await openSharedBase(bundle);
    const results = await verifyLanguage(base);
    expect(results.map(({ id, variant }) => [variant, id])).toEqual([
      ['int8', '"word1"'],
      ['int8', '"word2"'],
      ['q4', '"word1"'],
      ['q4', '"word2"'],
    ]);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    await expect(openBundle(bundle)).rejects.toThrow('it has no task');
  });

  it('is not verified when it should say something else', async () => {
    const copy = folderWith({});
    cpSync(bundle, copy, { recursive: true });
    const [first, second] = await readLanguageGolden(await openSharedBase(copy));
    const { continuation, nats } = first!.variants.int8!;
    const other = (continuation[0]! + 1) % 330;
    const changed = { ...first!, variants: { ...first!.variants, int8: { continuation: [other], nats } } };
    const later = { ...second!.variants.q4!, nats: second!.variants.q4!.nats + 0.1 };
    const golden = JSON.stringify([changed, { ...second!, variants: { ...second!.variants, q4: later } }]);
    writeFileSync(join(copy, 'golden.json'), golden);
    await expect(openSharedBase(copy)).rejects.toThrow('golden.json is damaged');
    const path = join(copy, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.files['golden.json'] = sha256(golden);
    writeFileSync(path, JSON.stringify({ ...manifest, digest: manifestDigest(manifest) }));
    const results = await verifyLanguage(await openSharedBase(copy));
    expect(results.map(({ tokensEqual, ok }) => [tokensEqual, ok])).toEqual([
      [false, false],
      [true, true],
      [true, true],
      [true, false],
    ]);
  });

  it('can be started from, with the weights that its finest variant computes with', async () => {
    const trained = await openBase(join(out, 'pretrain', 'model'));
    const shipped = await openBase(bundle);
    expect(shipped.shape).toEqual(trained.shape);
    expect(shipped.tokenizer.hash).toBe(trained.tokenizer.hash);
    const [theirs, ours] = [await trained.read(), await shipped.read()];
    for (const [name, values] of theirs) expect(relativeRms(ours.get(name)!, values)).toBeLessThan(0.01);
    expect(shipped.weightsHash).toBe(sha256(encodeWeights(shipped.shape, ours)));
  });

  it('writes, as a bundle and as the folder that training left', async () => {
    const greedy = { maxTokens: 5, temperature: 0, seed: 1, stopToken: -1 };
    const written: number[][] = [];
    for (const folder of [bundle, join(out, 'pretrain', 'model')]) {
      const model = await openTextModel(folder);
      const tokens = await model.use({ variant: 'int8', threads: 1 }, async (runtime) => {
        const drawn: number[] = [];
        for await (const token of runtime.generate(model.tokenizer.encode('word1'), greedy))
          drawn.push(token);
        return drawn;
      });
      written.push(tokens);
      await expect(model.use({ variant: 'q5', threads: 1 }, async () => {})).rejects.toThrow(
        'has no variant "q5"',
      );
    }
    expect(written[0]).toHaveLength(5);
    expect(written[0]).toEqual(written[1]);
  });

  it('is made once, and anew when it is to be packed otherwise', async () => {
    notes.length = 0;
    expect(await make()).toBe(bundle);
    expect(notes).toEqual(['pretrain: done before, nothing changed', 'bundle: done before, nothing changed']);
    const other = { ...BUNDLE, variants: ['fp32'], questions: 5 };
    expect(await make(other)).toBe(bundle);
    expect((await openSharedBase(bundle)).manifest.variants.map(({ name }) => name)).toEqual(['fp32']);
    const plan = await planPretraining(await tinyRecipe(TRAINING), corpus);
    const unpacked = { model: join(out, 'pretrain/model'), plan, engine: 'onnx', threads: 1 };
    expect(await bundleFoundation(await tinyRecipe(TRAINING), unpacked, run)).toBeUndefined();
  });

  it('is refused where it is too large or loses too much, and what was there stays', async () => {
    const before = readFileSync(join(bundle, 'manifest.json'), 'utf8');
    await expect(make({ ...BUNDLE, maxBytes: 1000 })).rejects.toThrow(
      /the variants have \d+ bytes together; the recipe allows 1000/,
    );
    const strict = { ...BUNDLE, variants: ['q4'], maxRise: 0 };
    await expect(make(strict)).rejects.toThrow('none of q4 stays within 0 of the bits per byte of fp32');
    expect(readFileSync(join(bundle, 'manifest.json'), 'utf8')).toBe(before);
    expect(existsSync(join(bundle, 'model.fp32.onnx'))).toBe(true);
  });
});
