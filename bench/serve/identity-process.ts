import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../commandline/package.ts';
import { openBundle, readGolden } from '../../model/bundle.ts';
import { readBundleWeights } from '../../model/bundle-weights.ts';
import { encodeGpt2 } from '../../model/gguf/gpt2.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { subjectOf } from '../../pipeline/measure/subject.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { startLlamaCpp } from '../peers/llama-cpp.ts';

/** A process that lets both programs write with a trained model: a bundle's name in, `Identity` out. */
export interface Identity {
  readonly prompts: number;
  readonly tokens: number;
  /** Those up to the first one that differs, of each prompt. */
  readonly identical: number;
}

/** Of each golden window, which leaves room for tokens that the model writes. */
const WINDOW_TOKENS = [5, 31] as const;

process.on('message', async ({ bundle }: { bundle: string }) => void process.send!(await identity(bundle)));

async function identity(name: string): Promise<Identity> {
  const bundle = await openBundle(join(packageRoot(), 'models', name));
  const { shape, task } = bundle.manifest;
  const { prefix } = promptWriter(task, bundle.tokenizer);
  const golden = await readGolden(bundle);
  const prompts = WINDOW_TOKENS.flatMap((tokens) =>
    golden.map((window) => [...prefix, ...window.tokens.slice(0, tokens)]),
  );
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-bench-'));
  const llama = await startLlamaCpp();
  const { model } = await subjectOf(bundle, { variant: 'fp32' });
  const runtime = await ModelRuntime.start(model);
  try {
    const path = join(folder, 'model.gguf');
    const weights = await readBundleWeights(bundle);
    await writeFile(path, encodeGpt2({ name, shape, weights, tokenizer: bundle.tokenizer }, 'f32'));
    const peer = await llama.load(path, { contextTokens: shape.context, threads: 1 });
    let [tokens, identical] = [0, 0];
    for (const prompt of prompts) {
      const written: number[] = [];
      for await (const token of runtime.generate(prompt, greedily(shape.context))) written.push(token);
      const theirs = await peer.generate(prompt, written.length);
      const differs = written.findIndex((token, i) => token !== theirs[i]);
      tokens += written.length;
      identical += differs < 0 ? written.length : differs;
    }
    return { prompts: prompts.length, tokens, identical };
  } finally {
    await runtime.close();
    await llama.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Until the context is full. */
const greedily = (maxTokens: number) => ({ maxTokens, temperature: 0, seed: 1, stopToken: -1 });
