import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Adapter, encodeAdapter, linearLayers, mergeAdapter } from '../../model/adapter.ts';
import { type Bundle, openBundle, readGolden, sha256 } from '../../model/bundle.ts';
import { readBundleWeights } from '../../model/bundle-weights.ts';
import { writeBundle, writeSharedBase } from '../../model/bundle-writer.ts';
import { servingVariant, type VariantName } from '../../model/quantize.ts';
import { RandomStream } from '../../model/random.ts';
import { encodeWeights, type GptWeights } from '../../model/weights.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { REPOSITORY } from '../tools.ts';

const VARIANTS = ['int8', 'fp32'] as const satisfies readonly VariantName[];

/** Bundles on one base, the shipped gesture model: its task with an adapter, and half of its labels with another one. */
export class AdapterBundles {
  readonly folder = mkdtempSync(join(tmpdir(), 'tinyllm-adapters-'));
  readonly base = join(this.folder, 'base');
  #gesture!: Bundle;
  #weights!: GptWeights;

  static async write(): Promise<AdapterBundles> {
    const bundles = new AdapterBundles();
    afterAll(() => rmSync(bundles.folder, { recursive: true, force: true }));
    bundles.#gesture = await openBundle(join(REPOSITORY, 'models/gesture'));
    bundles.#weights = await readBundleWeights(bundles.#gesture);
    const { shape, tokenizer } = bundles.#gesture.manifest;
    const adapted = linearLayers(shape).map(({ name }) => name);
    const models = VARIANTS.map(
      (name) => [name, servingVariant(name, shape, bundles.#weights, adapted)] as const,
    );
    await writeSharedBase(
      bundles.base,
      {
        name: 'gesture',
        shape,
        tokenizer: { vocab: tokenizer.vocab, sha256: tokenizer.sha256 },
        variants: models.map(([name, { length }]) => ({
          name,
          file: `model.${name}.onnx`,
          fileBytes: length,
        })),
        adapted,
        lineage: {
          base: { name: 'gesture', sha256: sha256(encodeWeights(shape, bundles.#weights)) },
        },
      },
      bundles.#gesture.tokenizer,
      new Map(models.map(([name, model]) => [`model.${name}.onnx`, model])),
    );
    return bundles;
  }

  adapter(seed: number, scale = 0.3): Adapter {
    const random = RandomStream.seeded(seed);
    const values = (size: number) => Float32Array.from({ length: size }, () => scale * random.normal());
    const changes = linearLayers(this.#gesture.manifest.shape).map(({ name, inputs, outputs }) => {
      return [name, { down: values(4 * inputs), up: values(4 * outputs) }] as const;
    });
    return { rank: 4, changes: new Map(changes) };
  }

  get task(): FittedTask {
    return this.#gesture.manifest.task;
  }

  /** The same task with only the first of its labels. */
  get halfTask(): FittedTask {
    const { spec, ...rest } = this.task;
    if (spec.answers.kind !== 'labels') throw new Error('gesture asks for labels');
    const labels = spec.answers.labels.slice(0, 2);
    return { ...rest, spec: { ...spec, answers: { ...spec.answers, labels } } };
  }

  /** A bundle of an adapter, `from` where the base should lie. */
  async onBase(name: string, task: FittedTask, adapter: Adapter, from = '../base'): Promise<string> {
    const { base } = this;
    const files = JSON.parse(readFileSync(join(base, 'manifest.json'), 'utf8')).files as Record<
      string,
      string
    >;
    const file = encodeAdapter(adapter);
    return this.#write(name, task, new Map([['adapter.safetensors', file]]), () => 'adapter.safetensors', {
      name: 'gesture',
      from,
      sha256: Object.fromEntries(VARIANTS.map((variant) => [variant, files[`model.${variant}.onnx`]!])),
    });
  }

  /** The same model as a bundle that needs no base. */
  async merged(name: string, task: FittedTask, adapter: Adapter): Promise<string> {
    const { shape } = this.#gesture.manifest;
    const weights = mergeAdapter(this.#weights, adapter);
    const models = VARIANTS.map((v) => [`model.${v}.onnx`, servingVariant(v, shape, weights)] as const);
    return this.#write(name, task, new Map(models), (variant) => `model.${variant}.onnx`);
  }

  async #write(
    name: string,
    task: FittedTask,
    models: ReadonlyMap<string, Uint8Array>,
    fileOf: (variant: string) => string,
    base?: NonNullable<Bundle['manifest']['base']>,
  ): Promise<string> {
    const { format: _, files: __, digest: ___, ...rest } = this.#gesture.manifest;
    const folder = join(this.folder, name);
    mkdirSync(this.folder, { recursive: true });
    await writeBundle(folder, {
      manifest: {
        ...rest,
        name,
        task,
        variants: VARIANTS.map((variant) => ({
          name: variant,
          file: fileOf(variant),
          fileBytes: models.get(fileOf(variant))!.length,
          accuracy: null,
          macroF1: null,
          latencyMs: null,
        })),
        ...(base && { base }),
      },
      tokenizer: this.#gesture.tokenizer,
      golden: (await readGolden(this.#gesture)).slice(0, 2),
      card: 'A test.\n',
      models,
    });
    return folder;
  }
}
