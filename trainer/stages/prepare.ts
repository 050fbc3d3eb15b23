import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomStream } from '../../model/random.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { saveTokenizer } from '../../model/tokenizer-json.ts';
import { labelsOf } from '../../protocols/answers.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { cutWindow } from '../../protocols/windower.ts';
import { AnswerTargets } from '../answer-targets.ts';
import { recordingsByAnswer } from '../augment/recombine.ts';
import { type Dataset, type LabelledRow, SPLITS, splitRows } from '../datasets/dataset.ts';
import { type Example, toExampleSet, writeExampleSet } from '../example-set.ts';
import { fitQuantisers } from '../fit-quantisers.ts';
import { PREPARED_FILES, type PreparedData, type PreparedWindow, readPrepared } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';
import { type Run, stage } from '../stage.ts';
import { startingTokenizer } from '../starting-point.ts';
import { taskVocabulary } from '../task-vocabulary.ts';
import { type DrawnWindow, drawsOf, TrainingWindows } from '../training-windows.ts';

/** Validation windows stand at each of these shifts, from the row and from the trigger. */
const VALIDATION_SHIFTS = [-4, -2, 0, 2, 4];
/** Stands for a missing value: the first that is one token. In GPT-2's vocabulary all are, in a small corpus's some. */
const MISSING_TEXTS = [' ?', ' -', ' .', ' no'] as const;

/**
 * Data set -> tokens: fit the levels on the training split, cut windows as the agent would, write them as prompts.
 * Rows are split before anything is cut; nothing of a test row comes into it.
 */
export async function prepare(recipe: LoadedRecipe, dataset: Dataset, run: Run): Promise<PreparedData> {
  // What is wrong with the test rows is better known now than after training.
  for (const split of SPLITS) splitRows(dataset, split, recipe);
  const inputs = {
    recipe: recipe.hash,
    data: dataset.hash,
    seed: run.seed,
    tokenizer: recipe.base?.tokenizer.hash,
  };
  const folder = await stage(run, 'prepare', inputs, (partial) => write(recipe, dataset, run, partial));
  return readPrepared(folder);
}

async function write(recipe: LoadedRecipe, dataset: Dataset, run: Run, folder: string): Promise<void> {
  const { spec } = recipe;
  const trainRows = splitRows(dataset, 'train', recipe);
  const validationRows = splitRows(dataset, 'validation', recipe);
  const task: FittedTask = {
    spec,
    template: recipe.prompt.template,
    quantisers: fitQuantisers(
      spec,
      recipe.prompt,
      trainRows.flatMap((row) => rowWindow(spec, row, 0)),
    ),
    missingText: missingText(recipe.base?.tokenizer),
    unknownThreshold: 0,
    classPrior: shares(labelsOf(spec.answers), trainRows),
  };
  const whole = startingTokenizer(recipe, task);
  const forTraining = new ExampleWriter(recipe, task, whole);
  const alike = recordingsByAnswer(trainRows);
  for (const row of trainRows) forTraining.addTraining(row, drawsOf(run.seed, row), alike(row));
  const drawn = forTraining.take();
  const pruned = recipe.pruneVocabulary ? taskVocabulary(whole, task, drawn.examples) : undefined;
  const train = pruned ? { ...drawn, examples: drawn.examples.map(pruned.rename) } : drawn;
  const tokenizer = pruned?.tokenizer ?? whole;
  const examples = new ExampleWriter(recipe, task, tokenizer);
  for (const row of validationRows) examples.addValidation(row);
  const validation = examples.take();

  // The longest prompt must leave room for the longest answer: labels are scored side by side.
  const tokensPerExample =
    longest([...train.examples, ...validation.examples].map(({ prompt }) => prompt)) +
    longest(examples.completions);
  const set = (of: readonly Example[]) => toExampleSet(of, tokensPerExample, tokenizer.endOfText);
  await writeFile(join(folder, PREPARED_FILES.task), `${JSON.stringify(task, null, 2)}\n`);
  await saveTokenizer(tokenizer, join(folder, PREPARED_FILES.tokenizer));
  await writeExampleSet(join(folder, PREPARED_FILES.train), set(train.examples));
  await writeExampleSet(join(folder, PREPARED_FILES.validation), set(validation.examples));
  await writeWindows(join(folder, PREPARED_FILES.trainWindows), train.windows);
  await writeWindows(join(folder, PREPARED_FILES.validationWindows), validation.windows);
  const manifest = {
    dataset: recipe.dataset,
    dataHash: dataset.hash,
    rows: { train: trainRows.length, validation: validationRows.length },
    examples: { train: train.examples.length, validation: validation.examples.length },
    tokensPerExample,
    vocabulary: tokenizer.vocabSize,
    ...(pruned && { prunedFrom: pruned.prunedFrom }),
    skipped: dataset.skipped,
  };
  await writeFile(join(folder, PREPARED_FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
  run.note(
    `prepare: ${trainRows.length} training rows -> ${train.examples.length} windows of ${tokensPerExample} tokens; ` +
      `${validationRows.length} validation rows -> ${validation.examples.length}; vocabulary ${tokenizer.vocabSize}` +
      (pruned ? ` of ${whole.vocabSize}` : ''),
  );
  for (const problem of dataset.skipped) run.note(`prepare: left out ${problem}`);
}

/** A tokenizer that is made for the task holds whatever the task asks for. */
const missingText = (ofBase: BpeTokenizer | undefined): string =>
  MISSING_TEXTS.find((text) => ofBase?.encode(text).length === 1) ?? MISSING_TEXTS[0];

/** Turns rows into examples, and remembers which samples each was made of. */
class ExampleWriter {
  readonly #recipe: LoadedRecipe;
  readonly #writer: ReturnType<typeof promptWriter>;
  readonly #targets: AnswerTargets;
  /** Numbers of the sessions or persons, as they come. */
  readonly #groups = new Map<string, number>();
  #examples: Example[] = [];
  #windows: PreparedWindow[] = [];

  constructor(recipe: LoadedRecipe, task: FittedTask, tokenizer: BpeTokenizer) {
    this.#recipe = recipe;
    this.#writer = promptWriter(task, tokenizer);
    this.#targets = new AnswerTargets(task.spec, this.#writer.completions, recipe.numbers.jitter);
  }

  get completions(): (readonly number[])[] {
    return this.#writer.completions.map(({ tokens }) => tokens);
  }

  addTraining(row: LabelledRow, random: RandomStream, alike: readonly Recording[]): void {
    const windows = this.#windowsOf(row, alike);
    for (let copy = 0; copy < this.#recipe.windows.copies; copy++) {
      this.#add(row, windows.draw(random, copy), random.fork(copy, 'numbers'));
    }
  }

  addValidation(row: LabelledRow): void {
    const windows = this.#windowsOf(row);
    for (const { from, shiftSamples } of this.#recipe.windows.starts) {
      for (const shift of VALIDATION_SHIFTS) {
        if (Math.abs(shift) <= shiftSamples) this.#add(row, windows.exact(from, shift));
      }
    }
  }

  #windowsOf(row: LabelledRow, alike?: readonly Recording[]): TrainingWindows {
    return new TrainingWindows(this.#recipe.spec, this.#recipe.windows, row, alike);
  }

  take(): { examples: Example[]; windows: PreparedWindow[] } {
    const taken = { examples: this.#examples, windows: this.#windows };
    this.#examples = [];
    this.#windows = [];
    return taken;
  }

  #add(row: LabelledRow, { recording, startUs, label: asked }: DrawnWindow, random?: RandomStream): void {
    const window = cutWindow(this.#recipe.spec, recording, startUs);
    if (!window) return;
    const prompt = [...this.#writer.prefix, ...promptTokens(this.#writer, window.rows)];
    for (const { question, answer, label } of this.#targets.of({ ...row, label: asked }, random)) {
      this.#examples.push({ prompt: [...prompt, ...question], answer, label, ...this.#groupOf(row) });
      this.#windows.push({ row: row.id, startUs, label: this.#writer.completions[label]!.label });
    }
  }

  #groupOf({ recording: { group } }: LabelledRow): { group?: number } {
    if (group === undefined) return {};
    if (!this.#groups.has(group)) this.#groups.set(group, this.#groups.size);
    return { group: this.#groups.get(group)! };
  }
}

const longest = (lists: readonly (readonly unknown[])[]): number =>
  lists.reduce((most, { length }) => Math.max(most, length), 0);

const shares = (labels: readonly string[], rows: readonly LabelledRow[]): Record<string, number> =>
  Object.fromEntries(
    labels.map((label) => [label, rows.filter((row) => row.label === label).length / rows.length]),
  );

const writeWindows = (path: string, windows: readonly PreparedWindow[]): Promise<void> =>
  writeFile(path, windows.map((window) => `${JSON.stringify(window)}\n`).join(''));
