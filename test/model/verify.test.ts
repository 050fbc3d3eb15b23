import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle, readGolden } from '../../model/bundle.ts';
import { readBundleWeights } from '../../model/bundle-weights.ts';
import { servingVariant } from '../../model/quantize.ts';
import { openSharedBase } from '../../model/shared-base.ts';
import { verifyGolden } from '../../model/verify.ts';
import { verifyLanguage } from '../../model/verify-language.ts';
import { BundleCopy } from './bundle-copy.ts';
import { MODELS, SHIPPED_BASES, SHIPPED_BUNDLES } from './shipped-models.ts';

const verify = async (copy: BundleCopy) => verifyGolden(await openBundle(copy.folder));

/** The bundle with its first golden example changed, and checksums that hide it. */
function withGolden(
  change: (first: BundleCopy['golden'][number]) => BundleCopy['golden'][number],
): BundleCopy {
  const copy = new BundleCopy();
  const [first, ...rest] = copy.golden;
  return copy.replace('golden.json', JSON.stringify([change(first!), ...rest]));
}

describe('golden examples', () => {
  it.each(SHIPPED_BUNDLES)('of models/%s come out on this machine, on every variant', async (name) => {
    const bundle = await openBundle(join(MODELS, name));
    const results = await verifyGolden(bundle);
    const variants = bundle.manifest.variants.map(({ name: variant }) => variant);
    expect([...new Set(results.map(({ variant }) => variant))].sort()).toEqual(variants.toSorted());
    expect(results.length).toBe(variants.length * (await readGolden(bundle)).length);
    expect(results.filter(({ ok, tokensEqual }) => !(ok && tokensEqual))).toEqual([]);
  });

  it.each(SHIPPED_BASES)('of models/%s, which has no task, come out likewise', async (name) => {
    const base = await openSharedBase(join(MODELS, name));
    const results = await verifyLanguage(base);
    expect(results.length).toBeGreaterThanOrEqual(base.manifest.variants.length);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('fail, that one alone, when a probability is another', async () => {
    const copy = withGolden((first) => {
      const probs = Object.entries(first.probs);
      return {
        ...first,
        probs: Object.fromEntries(probs.map(([label, p]) => [label, p > 0.5 ? p - 0.01 : p])),
      };
    });
    const [first, ...rest] = await verify(copy);
    expect(first).toMatchObject({ ok: false, tokensEqual: true });
    expect(first!.largestError).toBeCloseTo(0.01, 4);
    expect(rest.every(({ ok }) => ok)).toBe(true);
  });

  it('belong to each variant: one that answers otherwise fails, alone', async () => {
    const copy = new BundleCopy();
    const unanswered = copy.golden.map(({ variantProbs: _, ...example }) => example);
    copy.replace('golden.json', JSON.stringify(unanswered));
    const opened = await openBundle(copy.folder);
    const { manifest } = opened;
    const model = servingVariant('q4', manifest.shape, await readBundleWeights(opened));
    const q4 = { ...manifest.variants[0]!, name: 'q4', file: 'model.q4.onnx', fileBytes: model.length };
    copy.replace(q4.file, model).changeManifest({ variants: [manifest.variants[0], q4] });
    const isOk = async () =>
      (await verify(copy)).filter(({ variant }) => variant === 'q4').map(({ ok }) => ok);
    expect(new Set(await isOk())).toEqual(new Set([false])); // it has no answers yet

    const { golden } = copy;
    const answered = golden.map((example) => ({ ...example, variantProbs: { q4: example.probs } }));
    copy.replace('golden.json', JSON.stringify(answered));
    expect(new Set(await isOk())).toEqual(new Set([true]));

    const [first, ...others] = answered;
    const probs = Object.fromEntries(
      Object.entries(first!.probs).map(([label, p]) => [label, Math.abs(p - 0.1)]),
    );
    copy.replace('golden.json', JSON.stringify([{ ...first!, variantProbs: { q4: probs } }, ...others]));
    expect(await isOk()).toEqual([false, ...others.map(() => true)]);
  });

  it('fail when a token is another, or one is missing', async () => {
    const another = withGolden((first) => ({ ...first, tokens: first.tokens.with(3, first.tokens[3]! + 1) }));
    expect((await verify(another))[0]).toMatchObject({ ok: false, tokensEqual: false });
    const missing = withGolden((first) => ({ ...first, tokens: first.tokens.slice(0, -1) }));
    expect((await verify(missing))[0]).toMatchObject({ ok: false, tokensEqual: false });
  });

  it('fail when a row is another', async () => {
    const copy = withGolden((first) => ({ ...first, rows: first.rows.map((row) => row.map(() => 0)) }));
    expect((await verify(copy))[0]).toMatchObject({ ok: false, tokensEqual: false });
  });

  it('fail when a label is missing among the probabilities', async () => {
    const copy = withGolden((first) => ({ ...first, probs: {} }));
    expect((await verify(copy))[0]).toMatchObject({ ok: false });
  });

  it('are refused when there are none, or they are no golden examples', async () => {
    const none = new BundleCopy().replace('golden.json', '[]');
    await expect(verify(none)).rejects.toThrow(/golden\.json holds no examples/);
    const other = new BundleCopy().replace('golden.json', '[{"id": 3}]');
    await expect(verify(other)).rejects.toThrow(/golden\.json: 0\.id: /);
  });

  it('cannot be checked when the model cannot be run', async () => {
    const copy = new BundleCopy();
    copy.replace('model.fp32.onnx', 'not a model');
    await expect(verify(copy)).rejects.toMatchObject({
      name: 'TinyError',
      message: expect.stringContaining('ONNX Runtime cannot load'),
    });
  });
});
