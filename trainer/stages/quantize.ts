import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBundle } from '../../model/bundle.ts';
import { modelFiles } from '../../model/model-files.ts';
import { servingVariant, tableRowBytes, type VariantName } from '../../model/quantize.ts';
import { scoringTask } from '../../model/runtime/label-scorer.ts';
import { measureAlone } from '../../pipeline/measure/alone.ts';
import type { Speed } from '../../pipeline/measure/speed.ts';
import { type Subject, windowTokens } from '../../pipeline/measure/subject.ts';
import { numbersOf } from '../../protocols/answers.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { Answered } from '../answered.ts';
import { type Dataset, type LabelledRow, splitRows } from '../datasets/dataset.ts';
import { answerRow } from '../evaluation.ts';
import type { PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';
import { type Run, stage } from '../stage.ts';
import {
  keepsUp,
  toleranceText,
  type ValidatedVariant,
  type VariantCost,
  type VariantTable,
  variantFigures,
} from '../variants/variant-table.ts';
import { withBrain, writeCandidate } from './candidate.ts';
import type { Specialist } from './finetune.ts';
import { type BundleModels, onSharedBase } from './shared-base.ts';

/** A model in every variant that the recipe names, refused ones too. */
export interface Quantized {
  /** A bundle folder. */
  readonly candidate: string;
  readonly table: VariantTable<ValidatedVariant>;
}

const TABLE = 'variants.json';

/** Windows that a model is timed with. */
const TIMED_WINDOWS = 32;
/** The faster of so many turns counts: on a shared machine the other one was disturbed. */
const TURNS = 2;

/** Model -> its variants, measured on the validation split; those that lose too much are refused. */
export async function quantize(
  recipe: LoadedRecipe,
  data: PreparedData,
  specialist: Specialist,
  dataset: Dataset,
  run: Run,
): Promise<Quantized> {
  const inputs = {
    weights: specialist.weightsHash,
    data: dataset.hash,
    recipe: recipe.hash,
    seed: run.seed,
  };
  const folder = await stage(run, 'quantize', inputs, async (partial) => {
    const { variants: names, maxDrop, maxRise } = recipe.quantize;
    const { shape, weights } = specialist;
    const candidate = join(partial, 'candidate');
    const { models, base }: BundleModels = recipe.bundle.adapter
      ? await onSharedBase(partial, recipe, data, specialist, names)
      : { models: new Map(names.map((name) => [name, servingVariant(name, shape, weights)])) };
    await writeCandidate(candidate, recipe, data, shape, models, run, base);
    const rows = splitRows(dataset, 'validation', recipe);
    const answers = await answersOf(candidate, names, rows, run.signal);
    const costs = await costsOf(candidate, names, rows, run.signal);

    const figures = (name: VariantName) =>
      variantFigures(answers.get(name)!, answers.get('fp32')!, recipe.spec.answers);
    const variants = names.map((name): ValidatedVariant => {
      const validation = figures(name);
      const accepted = keepsUp(validation, figures('fp32'), { maxDrop, maxRise });
      const fileBytes = models.get(name)!.length;
      const cut = data.prunedFrom && data.prunedFrom.vocab - data.prunedFrom.ids.length;
      return {
        name,
        fileBytes,
        ...(cut !== undefined && { unprunedBytes: fileBytes + cut * tableRowBytes(name, shape.width) }),
        validation,
        accepted,
        ...costs.get(name)!,
      };
    });
    const hasNumbers = numbersOf(recipe.spec.answers).length > 0;
    const table = { maxDrop, ...(hasNumbers && { maxRise }), variants };
    await writeFile(join(partial, TABLE), `${JSON.stringify(table, null, 2)}\n`);
    tell(table, run);
  });
  return {
    candidate: join(folder, 'candidate'),
    table: JSON.parse(await readFile(join(folder, TABLE), 'utf8')) as VariantTable<ValidatedVariant>,
  };
}

/** What every variant of a bundle says to the same rows. */
export async function answersOf(
  bundle: string,
  names: readonly VariantName[],
  rows: readonly LabelledRow[],
  signal: AbortSignal,
): Promise<Map<VariantName, Answered[]>> {
  const answers = new Map<VariantName, Answered[]>();
  for (const variant of names) {
    const scored = await withBrain(
      bundle,
      async (brain) => {
        const own: Answered[] = [];
        for (const row of rows) {
          signal.throwIfAborted();
          own.push(await answerRow(brain, row));
        }
        return own;
      },
      variant,
    );
    answers.set(variant, scored);
  }
  return answers;
}

async function costsOf(
  folder: string,
  names: readonly VariantName[],
  rows: readonly LabelledRow[],
  signal: AbortSignal,
): Promise<Map<VariantName, VariantCost>> {
  const bundle = await openBundle(folder);
  const { task, shape } = bundle.manifest;
  const writer = promptWriter(task, bundle.tokenizer);
  const windows = rows
    .slice(0, TIMED_WINDOWS)
    .map((row) => windowTokens(writer, rowWindow(task.spec, row, 0)));
  const subjectOf = (name: VariantName): Subject => ({
    model: {
      ...modelFiles(bundle, name),
      shape,
      threads: 1,
      task: scoringTask(writer),
    },
    windows,
  });
  const speeds = new Map<VariantName, Speed>();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of names) {
      const speed = await measureAlone('speed', subjectOf(name), signal);
      const before = speeds.get(name);
      speeds.set(name, before ? undisturbed(before, speed) : speed);
    }
  }
  const costs = new Map<VariantName, VariantCost>();
  for (const [name, { windowMs, decodeTokensPerS }] of speeds) {
    const { peakRssMb } = await measureAlone('memory', subjectOf(name), signal);
    costs.set(name, { latencyMs: windowMs, tokensPerS: decodeTokensPerS, peakMemoryMb: peakRssMb });
  }
  return costs;
}

const undisturbed = (a: Speed, b: Speed): Speed => ({
  windowMs: a.windowMs.p50 <= b.windowMs.p50 ? a.windowMs : b.windowMs,
  decodeTokensPerS: Math.max(a.decodeTokensPerS, b.decodeTokensPerS),
});

function tell(table: VariantTable<ValidatedVariant>, run: Run): void {
  const { variants } = table;
  const accepted = variants.filter((variant) => variant.accepted).map(({ name }) => name);
  run.note(`quantize: ${accepted.join(', ')} accepted`);
  for (const { name } of variants.filter((variant) => !variant.accepted)) {
    run.note(
      `quantize: ${name} is refused: on the validation split it loses more than ` +
        `${toleranceText(table)} against fp32`,
    );
  }
}
