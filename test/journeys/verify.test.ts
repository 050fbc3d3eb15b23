import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BundleCopy } from '../model/bundle-copy.ts';
import { builtCli, tinyllm, tinyllmJson } from './built-cli.ts';

builtCli();

describe('tinyllm verify', () => {
  it.each(['gesture', 'local'])('finds models/%s in order', async (name) => {
    const { exit, stdout, stderr } = await tinyllm('verify', '--bundle', `models/${name}`);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const golden = lines.slice(1, -1);
    const { files, variants } = new BundleCopy(name).manifest;
    expect(lines[0]).toBe(`${Object.keys(files).length} files match their checksums`);
    expect(golden.length).toBeGreaterThan(2 * variants.length);
    for (const line of golden) {
      expect(line).toMatch(/^ok +(fp32|int8|q8|q4) .*: tokens equal, largest difference (0|[1-9]\.\de-\d+)$/);
    }
    expect(lines.at(-1)).toBe(`${golden.length} of ${golden.length} golden answers agree`);
  });

  it('says the same for machines', async () => {
    const result = await tinyllmJson('verify', '--bundle', 'models/gesture');
    const files = Object.keys(new BundleCopy().manifest.files).length;
    expect(result).toMatchObject({ ok: true, files, bundle: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('exits 1 and names the file that is damaged, before the model is run', async () => {
    const copy = new BundleCopy();
    const model = readFileSync(copy.path('model.fp32.onnx'));
    model[model.length >> 1]! ^= 0x10;
    writeFileSync(copy.path('model.fp32.onnx'), model);
    expect(await tinyllm('verify', '--bundle', copy.folder)).toEqual({
      exit: 1,
      stdout: '',
      stderr:
        `error: ${copy.path('model.fp32.onnx')} is damaged: its checksum does not match the manifest\n` +
        'hint: copy the bundle anew, or train it again with `tinyllm train`\n',
    });
  });

  it('exits 1 when an answer is not what the bundle says', async () => {
    const copy = new BundleCopy();
    const [first, ...rest] = copy.golden;
    const probs = { ...first!.probs, [first!.label!]: 0.5 };
    copy.replace('golden.json', JSON.stringify([{ ...first, probs }, ...rest]));
    const { exit, stdout } = await tinyllm('verify', '--bundle', copy.folder);
    expect(exit).toBe(1);
    expect(stdout.match(/^WRONG .*$/gm)).toEqual([expect.stringContaining(first!.id)]);
    const all = copy.golden.length * copy.manifest.variants.length;
    expect(stdout).toMatch(new RegExp(`\\n${all - 1} of ${all} golden answers agree\\n$`));
    const machine = await tinyllm('verify', '--bundle', copy.folder, '--json');
    expect(machine.exit).toBe(1);
    expect(JSON.parse(machine.stdout)).toMatchObject({ ok: false });
  });

  it('exits 1 without a bundle, and 2 without a flag', async () => {
    const nowhere = await tinyllm('verify', '--bundle', 'nowhere');
    expect(nowhere).toMatchObject({ exit: 1, stdout: '' });
    expect(nowhere.stderr).toMatch(/^error: there is no bundle at nowhere.*\nhint: /);
    expect(await tinyllm('verify')).toMatchObject({ exit: 2, stdout: '' });
  });
});
