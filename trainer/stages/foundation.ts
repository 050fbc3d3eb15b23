import { join } from 'node:path';
import { linearLayers } from '../../model/adapter.ts';
import { GOLDEN, sha256 } from '../../model/bundle.ts';
import { writeSharedBase } from '../../model/bundle-writer.ts';
import { servingVariant, type VariantName } from '../../model/quantize.ts';
import { type LanguageFigures, openSharedBase, type SharedBaseManifest } from '../../model/shared-base.ts';
import { verifyLanguage } from '../../model/verify-language.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { LoadedCorpusRecipe } from '../corpus/corpus-recipe.ts';
import { currentCommit } from '../current-commit.ts';
import type { FoundationSettings } from '../foundation-settings.ts';
import { type Continuation, continuationsOf, languageExamples } from '../language/language-examples.ts';
import {
  CLOZE_NAMES,
  type LanguageReport,
  languageReport,
  languageTask,
} from '../language/language-report.ts';
import { languageLine } from '../language/language-text.ts';
import { BYTES_PER_KB, validationText } from '../language/validation-text.ts';
import { type Base, openBase } from '../open-base.ts';
import { foundationCard } from '../reports/foundation-card.ts';
import { type Run, stage } from '../stage.ts';
import { modelOfWeights } from '../text-model.ts';
import type { PretrainPlan } from './pretrain-plan.ts';

/** A variant before it is known whether it ships. */
interface Measured {
  readonly name: VariantName;
  readonly language: LanguageReport;
  readonly continuations: ReadonlyMap<string, Continuation>;
}

/** Beginnings of the examples where the recipe names no samples. */
const PROMPTS = ['The', 'It was', 'In order to'];
/** All variants are compared with it, whether it ships or not. */
const REFERENCE = 'fp32' satisfies VariantName;

/** A pre-trained model and how it came about. */
export interface Pretrained {
  /** A folder that `openBase` knows. */
  readonly model: string;
  readonly plan: PretrainPlan;
  /** The engine's name. */
  readonly engine: string;
  /** Cores to measure on. */
  readonly threads: number;
}

/**
 * A pre-trained model -> the folder that ships: weights without a task, in the variants of the recipe's `bundle`, each measured on
 * the corpus's validation split and verified. Undefined where the recipe has no such section.
 */
export async function bundleFoundation(
  recipe: LoadedCorpusRecipe,
  pretrained: Pretrained,
  run: Run,
): Promise<string | undefined> {
  const { name, bundle: settings } = recipe;
  if (settings === undefined) return undefined;
  const base = await openBase(pretrained.model);
  const prompts = recipe.pretrain?.samples?.prompts ?? PROMPTS;
  const lineage = await lineageOf(recipe, pretrained, base, run);
  const inputs = { settings, prompts, lineage: { ...lineage.base, ...lineage.pretraining, commit: null } };
  const folder = await stage(run, 'bundle', inputs, async (partial) => {
    const measured = await measure(base, pretrained, settings, prompts, run);
    const kept = withinTolerance(measured, settings, run);
    await write(join(partial, name), { name, base, lineage, settings, prompts, measured, kept });
    run.note(`bundle: ${kept.map((variant) => variant.name).join(', ')}; what they say is verified`);
  });
  return join(folder, name);
}

async function lineageOf(
  { name, hash, model, pretrain }: LoadedCorpusRecipe,
  { plan: { corpus, settings, base: start }, engine }: Pretrained,
  base: Base,
  run: Run,
): Promise<SharedBaseManifest['lineage']> {
  const { steps, batch, context } = settings;
  return {
    base: { name, sha256: base.weightsHash },
    pretraining: {
      corpus: corpus.hash,
      ...(start && { from: { name: start.name, sha256: start.weightsHash } }),
      recipe: { name, sha256: sha256(JSON.stringify([hash, model, pretrain])) },
      engine,
      seed: run.seed,
      steps,
      tokens: steps * batch * context,
      commit: await currentCommit(),
    },
  };
}

async function measure(
  base: Base,
  { plan: { corpus }, threads }: Pretrained,
  { variants, textKb, questions }: FoundationSettings,
  prompts: readonly string[],
  run: Run,
): Promise<Measured[]> {
  const weights = await base.read();
  const { shape, tokenizer } = base;
  const model = modelOfWeights(base.folder, { shape, tokenizer, read: async () => weights });
  const task = languageTask(await validationText(corpus, BYTES_PER_KB * textKb), questions);
  const measured: Measured[] = [];
  for (const name of new Set<VariantName>([...variants, REFERENCE])) {
    const figures = await model.use({ variant: name, threads }, async (runtime) => ({
      name,
      language: await languageReport({ runtime, shape, tokenizer }, task, { signal: run.signal }),
      continuations: await continuationsOf(runtime, tokenizer, prompts),
    }));
    run.note(`bundle: ${name}: ${languageLine(figures.language)}`);
    measured.push(figures);
  }
  return measured;
}

/** The variants that the recipe names and that keep what the reference can. */
function withinTolerance(
  measured: readonly Measured[],
  { variants, maxRise }: FoundationSettings,
  run: Run,
): Measured[] {
  const reference = measured.find(({ name }) => name === REFERENCE)!.language.bitsPerByte;
  const kept = measured.filter(({ name, language }) => {
    if (!variants.includes(name)) return false;
    const isGood = language.bitsPerByte <= reference * (1 + maxRise);
    if (!isGood) run.note(`bundle: ${name} is refused: its bits per byte rise by more than ${maxRise}`);
    return isGood;
  });
  if (kept.length > 0) return kept;
  throw new TinyError(
    `none of ${variants.join(', ')} stays within ${maxRise} of the bits per byte of ${REFERENCE}`,
    'name a finer variant in bundle.variants of the recipe, or raise bundle.maxRise',
  );
}

interface Contents {
  readonly name: string;
  readonly base: Base;
  readonly lineage: SharedBaseManifest['lineage'];
  readonly settings: FoundationSettings;
  readonly prompts: readonly string[];
  readonly measured: readonly Measured[];
  readonly kept: readonly Measured[];
}

async function write(folder: string, contents: Contents): Promise<void> {
  const { name, base, lineage, settings, prompts, measured, kept } = contents;
  const { shape, tokenizer } = base;
  const weights = await base.read();
  // Tasks may share it: its graphs take changes of every linear layer.
  const adapted = linearLayers(shape).map((layer) => layer.name);
  const files = kept.map(({ name: variant, language }) => {
    const model = servingVariant(variant, shape, weights, adapted);
    const file = `model.${variant}.onnx`;
    return { model, entry: { name: variant, file, fileBytes: model.length, language: figuresOf(language) } };
  });
  const variants = files.map(({ entry }) => entry);
  checkSize(variants, settings);
  const examples = languageExamples(
    tokenizer,
    prompts,
    new Map(kept.map((variant) => [variant.name, variant.continuations])),
  );
  const reports = new Map(measured.map((variant) => [variant.name, variant.language]));
  await writeSharedBase(
    folder,
    {
      ...{ name, shape, variants, adapted, lineage },
      tokenizer: { vocab: tokenizer.vocabSize, sha256: tokenizer.hash },
    },
    tokenizer,
    new Map<string, Uint8Array | string>([
      ...files.map(({ entry, model }) => [entry.file, model] as const),
      [GOLDEN, `${JSON.stringify(examples)}\n`],
      ['card.md', foundationCard({ name, shape, lineage, variants, reports, examples, tokenizer, settings })],
    ]),
  );
  const wrong = (await verifyLanguage(await openSharedBase(folder))).find(({ ok }) => !ok);
  if (wrong) throw new Error(`what ${wrong.variant} says to ${wrong.id} does not come out as it was written`);
}

const figuresOf = ({ text, bitsPerByte, perplexity, cloze }: LanguageReport): LanguageFigures => ({
  ...{ text, bitsPerByte, perplexity },
  cloze: Object.fromEntries(CLOZE_NAMES.map((name) => [name, cloze[name].accuracy])),
});

function checkSize(
  variants: readonly { readonly fileBytes: number }[],
  { maxBytes }: FoundationSettings,
): void {
  const bytes = variants.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  if (bytes <= maxBytes) return;
  throw new TinyError(
    `the variants have ${bytes} bytes together; the recipe allows ${maxBytes}`,
    'name fewer or smaller variants in bundle.variants, or raise bundle.maxBytes in the recipe',
  );
}
