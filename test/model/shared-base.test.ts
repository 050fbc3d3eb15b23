import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { mergeAdapter } from '../../model/adapter.ts';
import { openBundle } from '../../model/bundle.ts';
import { readBundleWeights } from '../../model/bundle-weights.ts';
import { modelBytes, modelFiles, modelHash } from '../../model/model-files.ts';
import { REPOSITORY } from '../tools.ts';
import { AdapterBundles } from './adapter-bundles.ts';

describe('a bundle that adapts a base', () => {
  let bundles: AdapterBundles;
  let folder: string;
  beforeAll(async () => {
    bundles = await AdapterBundles.write();
    folder = await bundles.onBase('whole', bundles.task, bundles.adapter(1));
  });

  it('runs from the model of the base and an adapter of its own, which is small', async () => {
    const bundle = await openBundle(folder);
    expect(modelFiles(bundle)).toEqual({
      modelPath: join(bundles.base, 'model.int8.onnx'),
      adapterPath: join(folder, 'adapter.safetensors'),
    });
    expect(modelHash(bundle, 'fp32')).toBe(bundle.base!.manifest.files['model.fp32.onnx']);
    const adapterBytes = readFileSync(join(folder, 'adapter.safetensors')).length;
    expect(modelBytes(bundle)).toBe(adapterBytes + readFileSync(modelFiles(bundle).modelPath).length);
    expect(adapterBytes).toBeLessThan(0.1 * readFileSync(join(bundles.base, 'model.fp32.onnx')).length);
  });

  it('has the weights of both', async () => {
    const gesture = await openBundle(join(REPOSITORY, 'models/gesture'));
    const merged = mergeAdapter(await readBundleWeights(gesture), bundles.adapter(1));
    expect(await readBundleWeights(await openBundle(folder))).toEqual(merged);
  });

  it('finds its base in a folder beside it, whatever that is called', async () => {
    const lost = await bundles.onBase('lost', bundles.task, bundles.adapter(1), '../nowhere');
    const { base } = await openBundle(lost);
    expect(basename(base!.folder)).toBe('base');
  });

  it('is refused whole without its base, with another one, or a damaged one', async () => {
    const aside = `${bundles.folder}-aside`;
    renameSync(bundles.base, aside);
    const refusal = {
      name: 'TinyError',
      message: `bundle ${folder} adapts the base "gesture", which is neither at ${bundles.base} nor in a folder beside the bundle`,
    };
    await expect(openBundle(folder)).rejects.toMatchObject(refusal);
    renameSync(aside, bundles.base);

    const manifest = join(bundles.base, 'manifest.json');
    const text = readFileSync(manifest, 'utf8');
    const [hash] = /(?<="model.fp32.onnx": ")[0-9a-f]{64}/.exec(text)!;
    writeFileSync(manifest, text.replace(hash, '0'.repeat(64)));
    await expect(openBundle(folder)).rejects.toMatchObject(refusal);
    writeFileSync(manifest, text);

    const model = join(bundles.base, 'model.int8.onnx');
    const whole = readFileSync(model);
    writeFileSync(model, whole.subarray(1));
    await expect(openBundle(folder)).rejects.toThrow(`${model} is damaged`);
    writeFileSync(model, whole);
    await openBundle(folder);
  });

  it('is what a base is not: that answers nothing by itself', async () => {
    await expect(openBundle(bundles.base)).rejects.toMatchObject({
      name: 'TinyError',
      message: `${bundles.base} is a base that bundles share: it has no task`,
    });
  });
});
