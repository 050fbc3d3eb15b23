import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleVariant, type GoldenExample, openBundle, rowsToJson } from '../../model/bundle.ts';
import { writeBundle } from '../../model/bundle-writer.ts';
import { RandomStream } from '../../model/random.ts';
import { BASE_FOLDER } from '../../model/shared-base.ts';
import { verifyGolden } from '../../model/verify.ts';
import { answer } from '../../pipeline/brain.ts';
import type { TinyBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { Row } from '../../protocols/window.ts';
import { currentCommit } from '../current-commit.ts';
import { type Dataset, splitRows } from '../datasets/dataset.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { modelCard } from '../reports/model-card.ts';
import { rowWindow } from '../row-windows.ts';
import { type Run, stage } from '../stage.ts';
import { syntheticWindow } from '../synthetic-windows.ts';
import { readModels, withBrain } from './candidate.ts';
import type { CrossValidation } from './cross-validate.ts';
import type { Evaluated } from './evaluate.ts';

/** Candidate + report -> the bundle that ships, with card, lineage and golden examples, verified once more. */
export async function bundle(
  recipe: LoadedRecipe,
  { candidate, report, table }: Evaluated,
  crossValidation: CrossValidation | undefined,
  dataset: Dataset,
  run: Run,
): Promise<string> {
  const inputs = { report, table, crossValidation, recipe: recipe.hash, data: dataset.hash };
  return stage(run, 'bundle', inputs, async (partial) => {
    const { manifest, tokenizer, base: shared } = await openBundle(candidate);
    const windows = goldenWindows(recipe, manifest.task, dataset, run);
    const variants = manifest.variants.flatMap((variant): BundleVariant[] => {
      const measured = table.variants.find(({ name }) => name === variant.name)!;
      const { accepted, test, latencyMs } = measured;
      const { accuracy, macroF1, mae } = test;
      return accepted ? [{ ...variant, accuracy, macroF1, ...(mae && { mae }), latencyMs }] : [];
    });
    const models = await readModels(candidate, variants);
    const golden = await goldenExamples(candidate, variants, windows);
    const { task, shape } = manifest;
    const lineage = { ...manifest.lineage, commit: await currentCommit() };
    const folder = join(partial, recipe.name);
    if (shared) await cp(shared.folder, join(partial, BASE_FOLDER), { recursive: true });
    const base = manifest.base && { ...manifest.base, from: `../${BASE_FOLDER}` };
    await writeBundle(folder, {
      manifest: {
        name: recipe.name,
        task,
        shape,
        tokenizer: manifest.tokenizer,
        variants,
        lineage,
        ...(base && { base }),
      },
      tokenizer,
      golden,
      card: modelCard({
        recipe,
        task,
        shape,
        lineage,
        table,
        report,
        ...(crossValidation ? { crossValidation } : {}),
      }),
      models,
    });
    await check(folder, recipe);
    run.note(`bundle: ${(totalBytes(models) / 1e6).toFixed(1)} MB, golden examples agree`);
  });
}

/** A window that a bundle carries. Only a real one has a true label. */
type GoldenWindow = Pick<GoldenExample, 'id' | 'label'> & { readonly window: readonly Row[] };

function goldenWindows(
  recipe: LoadedRecipe,
  task: FittedTask,
  dataset: Dataset,
  run: Run,
): readonly GoldenWindow[] {
  const { golden: count, goldenFrom } = recipe.bundle;
  if (goldenFrom === 'validation') {
    return spread(splitRows(dataset, 'validation', recipe), count).map((row) => ({
      id: row.id,
      label: row.label,
      window: rowWindow(task.spec, row, 0),
    }));
  }
  const random = RandomStream.seeded(run.seed).fork('golden');
  return Array.from({ length: count }, (_, i) => ({
    id: `synthetic-${i + 1}`,
    label: null,
    window: syntheticWindow(task, random.fork(i)),
  }));
}

/** The windows with what each variant answers: the first as `probs`, the others by name. */
async function goldenExamples(
  candidate: string,
  [first, ...others]: readonly BundleVariant[],
  windows: readonly GoldenWindow[],
): Promise<GoldenExample[]> {
  const answersOf = (variant: string) =>
    withBrain(candidate, (brain) => goldenAnswers(brain, windows), variant);
  const examples = await answersOf(first!.name);
  if (others.length === 0) return examples;
  const further = new Map<string, GoldenExample[]>();
  for (const { name } of others) further.set(name, await answersOf(name));
  return examples.map((example, i) => ({
    ...example,
    variantProbs: Object.fromEntries([...further].map(([name, answers]) => [name, answers[i]!.probs])),
    ...(example.values && {
      variantValues: Object.fromEntries([...further].map(([name, answers]) => [name, answers[i]!.values!])),
    }),
  }));
}

async function goldenAnswers(brain: TinyBrain, windows: readonly GoldenWindow[]): Promise<GoldenExample[]> {
  const examples: GoldenExample[] = [];
  for (const { id, label, window } of windows) {
    const { probs, value } = await answer(brain, id, window);
    const means = value && Object.entries(value).map(([name, { mean }]) => [name, mean]);
    const tokens = promptTokens(brain.writer, window);
    examples.push({
      ...{ id, label, rows: rowsToJson(window), tokens, probs: { ...probs } },
      ...(means && { values: Object.fromEntries(means) }),
    });
  }
  return examples;
}

async function check(folder: string, { bundle: { maxBytes } }: LoadedRecipe): Promise<void> {
  const opened = await openBundle(folder);
  const files = new Map(opened.manifest.variants.map(({ file, fileBytes }) => [file, fileBytes]));
  const bytes = [...files.values()].reduce((sum, fileBytes) => sum + fileBytes, 0);
  if (bytes > maxBytes) {
    throw new TinyError(
      `the bundle's models have ${bytes} bytes; the recipe allows ${maxBytes}`,
      'choose a smaller model, or raise bundle.maxBytes in the recipe',
    );
  }
  const wrong = (await verifyGolden(opened)).find(({ ok }) => !ok);
  if (wrong) throw new Error(`golden example ${wrong.id} does not come out as it was written`);
}

/** `count` rows spread evenly over the set, so that every label has its share. */
function spread<T>(rows: readonly T[], count: number): T[] {
  const taken = Math.min(count, rows.length);
  return Array.from({ length: taken }, (_, i) => rows[Math.floor((i * rows.length) / taken)]!);
}

const totalBytes = (files: ReadonlyMap<string, Uint8Array>): number =>
  [...files.values()].reduce((sum, { length }) => sum + length, 0);
