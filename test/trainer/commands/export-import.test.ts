import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../../model/bundle.ts';
import { readBundleWeights } from '../../../model/bundle-weights.ts';
import { encodeGpt2 } from '../../../model/gguf/gpt2.ts';
import { readBaseModel } from '../../../trainer/base-model.ts';
import { temporaryFolder } from '../../model/runtime/random-model.ts';
import { REPOSITORY } from '../../tools.ts';

const root = temporaryFolder();
const at = (name: string): string => join(root, name);
const BUNDLE = join(REPOSITORY, 'models/gesture');
const bundle = await openBundle(BUNDLE);
const weights = await readBundleWeights(bundle);

async function tinyllm(...argv: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli.ts', ...argv], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exit, stdout, stderr };
}

describe('tinyllm export', () => {
  it('writes a folder for Hugging Face, of which import makes the same weights', async () => {
    const exported = await tinyllm(
      'export',
      '--bundle',
      BUNDLE,
      '--format',
      'safetensors',
      '--out',
      at('hf'),
    );
    expect(exported).toEqual({
      exit: 0,
      stdout: `wrote ${at('hf')} (Hugging Face safetensors, 2.0 MB)\n`,
      stderr: '',
    });
    expect(readdirSync(at('hf'))).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);

    const imported = await tinyllm('import', '--from', at('hf'), '--out', at('base'), '--json');
    expect(imported).toMatchObject({ exit: 0, stderr: '' });
    const { shape } = bundle.manifest;
    const tokenizer = bundle.tokenizer.hash;
    const parameters = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
    expect(JSON.parse(imported.stdout)).toEqual({ out: at('base'), shape, parameters, tokenizer });
    const base = await readBaseModel(at('base'));
    expect(base.weights).toEqual(weights);
    expect(base.shape).toEqual(shape);
    expect(base.tokenizer.hash).toBe(tokenizer);

    const { stdout } = await tinyllm('import', '--from', at('hf'), '--out', at('again'));
    expect(stdout).toBe(
      `wrote ${at('again')} (0.5 M parameters: 4 layers of width 96, ${shape.vocab} tokens)\n`,
    );
  });

  it('writes a GGUF file of the type asked for', async () => {
    const argv = ['export', '--bundle', BUNDLE, '--format', 'gguf', '--out', at('model.gguf')];
    const { exit, stdout } = await tinyllm(...argv, '--type', 'q8_0', '--json');
    const { name, shape } = bundle.manifest;
    const expected = encodeGpt2({ name, shape, weights, tokenizer: bundle.tokenizer }, 'q8_0');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ out: at('model.gguf'), format: 'gguf', bytes: expected.length });
    expect(readFileSync(at('model.gguf')).equals(expected)).toBe(true);
    expect((await tinyllm(...argv)).stdout).toBe(`wrote ${at('model.gguf')} (GGUF f32, 2.0 MB)\n`);
  });

  it('hands out the ONNX file of a variant', async () => {
    const out = at('model.onnx');
    const argv = ['export', '--bundle', BUNDLE, '--format', 'onnx', '--variant', 'fp32', '--out', out];
    expect((await tinyllm(...argv)).stdout).toBe(`wrote ${out} (ONNX fp32, 2.0 MB)\n`);
    expect(readFileSync(out).equals(readFileSync(join(BUNDLE, 'model.fp32.onnx')))).toBe(true);
  });

  it('says what is wrong with its flags, and with the place', async () => {
    const to = (format: string, ...more: string[]) =>
      tinyllm('export', '--bundle', BUNDLE, '--format', format, '--out', BUNDLE, ...more);
    expect(await to('onnx', '--type', 'f16')).toEqual({
      exit: 2,
      stdout: '',
      stderr: 'error: --type f16 means nothing for --format onnx\nhint: leave it out, or use --format gguf\n',
    });
    expect(await to('safetensors')).toEqual({
      exit: 1,
      stdout: '',
      stderr: `error: ${BUNDLE} exists already and is not empty\nhint: name a new folder\n`,
    });
  });

  it('wants the trained weights', async () => {
    const quantised = { ...bundle, manifest: { ...bundle.manifest, variants: [] } };
    await expect(readBundleWeights(quantised)).rejects.toThrow(/has no fp32 variant/);
  });
});

describe('tinyllm import', () => {
  it('leaves nothing when it refuses', async () => {
    const llama = at('llama');
    cpSync(at('hf'), llama, { recursive: true });
    writeFileSync(join(llama, 'config.json'), '{"model_type": "llama"}');
    const { exit, stdout, stderr } = await tinyllm('import', '--from', llama, '--out', at('refused'));
    expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
    expect(stderr).toMatch(/^error: .*llama.*\nhint: only GPT-2 models can be imported.*\n$/);
    expect(readdirSync(root).filter((name) => name.startsWith('refused'))).toEqual([]);
  });
});

describe('an imported model', () => {
  it('is refused with the tokenizer of another', async () => {
    const mixed = at('mixed');
    cpSync(at('base'), mixed, { recursive: true });
    cpSync(join(REPOSITORY, 'models/local/tokenizer.json'), join(mixed, 'tokenizer.json'));
    await expect(readBaseModel(mixed)).rejects.toThrow(/is not the tokenizer of the model beside it/);
    rmSync(join(mixed, 'tokenizer.json'));
    await expect(readBaseModel(mixed)).rejects.toThrow(/tokenizer.json cannot be read/);
  });
});
