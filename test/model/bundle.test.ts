import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bundle, chooseVariant, openBundle, rowsFromJson, rowsToJson } from '../../model/bundle.ts';
import { RandomStream } from '../../model/random.ts';
import { TinyError } from '../../protocols/errors.ts';
import { REPOSITORY } from '../tools.ts';
import { BundleCopy } from './bundle-copy.ts';

const random = RandomStream.seeded(41);

/** The refusal of a bundle: always for a person, always with a way out. */
async function refusal(folder: string): Promise<string> {
  const error = await openBundle(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TinyError)) throw new Error(`expected a TinyError, got ${error}`);
  expect(error.hint).not.toBe('');
  expect(error.exitCode).toBe(1);
  return error.message;
}

describe('a bundle that ships', () => {
  it.each(['gesture', 'local'])('%s opens, and is at most 6 MB', async (name) => {
    const folder = join(REPOSITORY, 'models', name);
    const { manifest, tokenizer, hash } = await openBundle(folder);
    expect(manifest.name).toBe(name);
    expect(tokenizer.vocabSize).toBe(manifest.shape.vocab);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const files = readdirSync(folder);
    expect(Object.keys(manifest.files).sort()).toEqual(
      files.filter((file) => file !== 'manifest.json').sort(),
    );
    const bytes = files.reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0);
    expect(bytes).toBeLessThan(6e6);
    for (const { file, fileBytes } of manifest.variants) {
      expect(readFileSync(join(folder, file))).toHaveLength(fileBytes);
    }
  });
});

describe('a damaged bundle', () => {
  const files = Object.keys(new BundleCopy().manifest.files);

  it.each(files)('is refused when one bit of %s is flipped, anywhere', async (file) => {
    const copy = new BundleCopy();
    const whole = readFileSync(copy.path(file));
    for (const at of [0, whole.length - 1, random.integer(whole.length), random.integer(whole.length)]) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << random.integer(8);
      writeFileSync(copy.path(file), flipped);
      expect(await refusal(copy.folder)).toBe(
        `${copy.path(file)} is damaged: its checksum does not match the manifest`,
      );
    }
    writeFileSync(copy.path(file), whole);
    await openBundle(copy.folder);
  });

  it.each(files)('is refused when %s is cut short, empty or missing', async (file) => {
    const copy = new BundleCopy();
    const whole = readFileSync(copy.path(file));
    for (const length of [whole.length - 1, 0]) {
      writeFileSync(copy.path(file), whole.subarray(0, length));
      expect(await refusal(copy.folder)).toContain(`${copy.path(file)} is damaged`);
    }
    rmSync(copy.path(file));
    expect(await refusal(copy.folder)).toBe(`${copy.path(file)} is missing`);
  });

  it('is another bundle, by its hash, for every change of the manifest', async () => {
    const copy = new BundleCopy();
    const { hash } = await openBundle(copy.folder);
    const renamed = await openBundle(copy.changeManifest({ name: 'gesturf' }).folder);
    expect(renamed.hash).not.toBe(hash);
  });

  it('is refused when its manifest is torn', async () => {
    const copy = new BundleCopy();
    const text = readFileSync(copy.path('manifest.json'), 'utf8');
    writeFileSync(copy.path('manifest.json'), text.slice(0, text.length / 2));
    expect(await refusal(copy.folder)).toBe(`${copy.path('manifest.json')} is not JSON`);
  });
});

describe('no bundle', () => {
  it('is a folder that is not there, a file, or a folder without manifest', async () => {
    const copy = new BundleCopy();
    for (const place of [copy.path('nowhere'), copy.path('card.md')]) {
      expect(await refusal(place)).toBe(`there is no bundle at ${place}: manifest.json is missing`);
    }
    rmSync(copy.path('manifest.json'));
    expect(await refusal(copy.folder)).toBe(`there is no bundle at ${copy.folder}: manifest.json is missing`);
  });
});

describe('a manifest that is not of this format', () => {
  const { manifest } = new BundleCopy();
  const [fp32] = manifest.variants;

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a later format',
      { format: 'tinyllm-bundle/2', news: 1 },
      /manifest\.json: format: .*tinyllm-bundle\/1/,
    ],
    ['no format', { format: undefined }, /manifest\.json: format: /],
    ['an unknown key', { colour: 'red' }, /manifest\.json: Unrecognized key: "colour"/],
    ['an unknown key within', { shape: { ...manifest.shape, depth: 3 } }, /shape: Unrecognized key: "depth"/],
    ['no variant', { variants: [] }, /manifest\.json: variants: /],
    [
      'a width that heads do not divide',
      { shape: { ...manifest.shape, heads: 7 } },
      /shape: 7 heads do not divide/,
    ],
    ['no layers', { shape: { ...manifest.shape, layers: 0 } }, /shape: layers is 0/],
    ['a checksum that is none', { files: { ...manifest.files, 'card.md': 'abc' } }, /files\.card\.md: /],
    [
      'a variant outside the folder',
      { variants: [{ ...fp32, file: '../model.onnx' }] },
      /variants\.0\.file: /,
    ],
    ['an absolute variant', { variants: [{ ...fp32, file: '/etc/passwd' }] }, /variants\.0\.file: /],
  ])('is refused: %s', async (_, changes, message) => {
    expect(await refusal(new BundleCopy().changeManifest(changes).folder)).toMatch(message);
  });

  it.each(['../secret', '/etc/passwd', 'a/../../secret', '..', '.hidden', 'sub/file', 'a\\b', ''])(
    'is refused: a file named %j',
    async (name) => {
      const files = { ...manifest.files, [name]: '0'.repeat(64) };
      expect(await refusal(new BundleCopy().changeManifest({ files }).folder)).toMatch(
        /manifest\.json: files/,
      );
    },
  );

  it.each(['tokenizer.json', 'golden.json', fp32!.file])('is refused: no checksum for %s', async (file) => {
    const { [file]: _, ...files } = manifest.files;
    expect(await refusal(new BundleCopy().changeManifest({ files }).folder)).toContain(
      `no checksum for ${file}`,
    );
  });

  it('names what this version reads, and what to do', async () => {
    const copy = new BundleCopy().changeManifest({ format: 'tinyllm-bundle/2' });
    await expect(openBundle(copy.folder)).rejects.toMatchObject({
      hint: expect.stringMatching(/reads "tinyllm-bundle\/1".*tinyllm train/),
    });
  });
});

describe('a tokenizer that does not belong to the model', () => {
  it('is refused for its size', async () => {
    const copy = new BundleCopy();
    copy.replace('tokenizer.json', readFileSync(new BundleCopy('local').path('tokenizer.json')));
    expect(await refusal(copy.folder)).toMatch(/the tokenizer has \d+ tokens, the model \d+$/);
  });

  it('is refused when it has the right size and other tokens', async () => {
    const copy = new BundleCopy();
    const json = JSON.parse(readFileSync(copy.path('tokenizer.json'), 'utf8'));
    const { vocab } = json.model;
    [vocab.a, vocab.b] = [vocab.b, vocab.a];
    copy.replace('tokenizer.json', JSON.stringify(json));
    expect(await refusal(copy.folder)).toMatch(/not the one that the model was made with/);
  });

  it('is refused when it cannot be read at all', async () => {
    const copy = new BundleCopy().replace('tokenizer.json', '{}');
    expect(await refusal(copy.folder)).toMatch(/tokenizer\.json: /);
  });
});

describe('a variant', () => {
  const bundle = {
    folder: 'models/x',
    manifest: { variants: [{ name: 'fp32' }, { name: 'int8' }] },
  } as Bundle;

  it('is the first by default, or the one that is named', () => {
    expect(chooseVariant(bundle).name).toBe('fp32');
    expect(chooseVariant(bundle, 'int8').name).toBe('int8');
  });

  it('that is not there is an error that names those that are', () => {
    expect(() => chooseVariant(bundle, 'int4')).toThrow(
      expect.objectContaining({
        message: 'bundle models/x has no variant "int4"',
        hint: 'it has fp32, int8',
      }),
    );
  });
});

it('writes missing values into golden rows, and reads them back', () => {
  const rows = [Float64Array.of(1.5, Number.NaN), Float64Array.of(-0.1, 1e300)];
  expect(rowsFromJson(JSON.parse(JSON.stringify(rowsToJson(rows))))).toEqual(rows);
});
