import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../model/random.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import { loadTokenizer, saveTokenizer } from '../../model/tokenizer-json.ts';
import { TinyError } from '../../protocols/errors.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { type FittedTask, fittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { cutWindow } from '../../protocols/windower.ts';
import { type Dataset, datasetReader, distinct, type LabelledRow, rowsOfSplit } from '../datasets/dataset.ts';
import {
  type Example,
  type ExampleSet,
  readExampleSet,
  toExampleSet,
  writeExampleSet,
} from '../example-set.ts';
import { fitQuantisers } from '../fit-quantisers.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { extendEdges, rowWindow, StartSampler } from '../row-windows.ts';
import { scaled } from '../scale-channels.ts';
import { type Run, stage } from '../stage.ts';
import { taskTokenizer } from '../task-tokenizer.ts';

/** What `prepare` leaves on disk, read back. */
export interface PreparedData {
  readonly folder: string;
  readonly task: FittedTask;
  readonly tokenizer: BpeTokenizer;
  readonly train: ExampleSet;
  readonly validation: ExampleSet;
  readonly dataHash: string;
}

/** Every window that was written, for a person and for the tests: which samples became which example. */
export interface PreparedWindow {
  readonly row: string;
  readonly startUs: number;
  readonly label: string;
}

/** Validation windows stand at each of these shifts, from the row and from the trigger. */
const VALIDATION_SHIFTS = [-4, -2, 0, 2, 4];
/** Windows may reach this far over the ends of a row, whose edge samples are repeated there. */
const MAX_OVERHANG_SAMPLES = 100;
/** In GPT-2's vocabulary one token; stands for a missing value. */
const MISSING_TEXT = ' ?';

/**
 * Data set -> tokens: fit the levels on the training split, cut windows as the agent would, write them as prompts.
 * Rows are split before anything is cut. The test split is not read.
 */
export async function prepare(recipe: LoadedRecipe, dataPath: string, run: Run): Promise<PreparedData> {
  const dataset = await (await datasetReader(recipe.dataset))(dataPath);
  const inputs = { recipe: recipe.hash, data: dataset.hash, seed: run.seed };
  const folder = await stage(run, 'prepare', inputs, (partial) => write(recipe, dataset, run, partial));
  return readPrepared(folder);
}

export async function readPrepared(folder: string): Promise<PreparedData> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as { dataHash: string };
  return {
    folder,
    task: fittedTask.parse(JSON.parse(await readFile(join(folder, 'task.json'), 'utf8'))),
    tokenizer: await loadTokenizer(join(folder, 'tokenizer.json')),
    train: await readExampleSet(join(folder, 'train.safetensors')),
    validation: await readExampleSet(join(folder, 'validation.safetensors')),
    dataHash: manifest.dataHash,
  };
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
    missingText: MISSING_TEXT,
    unknownThreshold: 0,
    classPrior: shares(spec.answers.labels, trainRows),
  };
  const tokenizer = taskTokenizer(recipe.tokenizer, task);
  const examples = new ExampleWriter(recipe, task, tokenizer);
  const random = RandomStream.seeded(run.seed).fork('prepare');
  for (const row of trainRows) examples.addTraining(row, random.fork(row.id));
  const train = examples.take();
  for (const row of validationRows) examples.addValidation(row);
  const validation = examples.take();

  const tokensPerExample = Math.max(...[...train.examples, ...validation.examples].map(exampleLength));
  const set = (of: readonly Example[]) => toExampleSet(of, tokensPerExample, tokenizer.endOfText);
  await writeFile(join(folder, 'task.json'), `${JSON.stringify(task, null, 2)}\n`);
  await saveTokenizer(tokenizer, join(folder, 'tokenizer.json'));
  await writeExampleSet(join(folder, 'train.safetensors'), set(train.examples));
  await writeExampleSet(join(folder, 'validation.safetensors'), set(validation.examples));
  await writeWindows(join(folder, 'train.windows.jsonl'), train.windows);
  await writeWindows(join(folder, 'validation.windows.jsonl'), validation.windows);
  const manifest = {
    dataset: recipe.dataset,
    dataHash: dataset.hash,
    rows: { train: trainRows.length, validation: validationRows.length },
    examples: { train: train.examples.length, validation: validation.examples.length },
    tokensPerExample,
    vocabulary: tokenizer.vocabSize,
    skipped: dataset.skipped,
  };
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  run.note(
    `prepare: ${trainRows.length} training rows -> ${train.examples.length} windows of ${tokensPerExample} tokens; ` +
      `${validationRows.length} validation rows -> ${validation.examples.length}; vocabulary ${tokenizer.vocabSize}`,
  );
  for (const problem of dataset.skipped) run.note(`prepare: left out ${problem}`);
}

/** Turns rows into examples, and remembers which samples each was made of. */
class ExampleWriter {
  readonly #recipe: LoadedRecipe;
  readonly #writer: ReturnType<typeof promptWriter>;
  #examples: Example[] = [];
  #windows: PreparedWindow[] = [];

  constructor(recipe: LoadedRecipe, task: FittedTask, tokenizer: BpeTokenizer) {
    this.#recipe = recipe;
    this.#writer = promptWriter(task, tokenizer);
  }

  addTraining(row: LabelledRow, random: RandomStream): void {
    const { windows, spec } = this.#recipe;
    const extended = extendEdges(row.recording, MAX_OVERHANG_SAMPLES);
    const starts = new StartSampler(spec, windows.starts, row.recording, extended);
    for (let copy = 0; copy < windows.copies; copy++) {
      const draw = random.fork(copy);
      this.#add(row, scaled(extended, windows.scale, draw.fork('scale')), starts.draw(draw));
    }
  }

  addValidation(row: LabelledRow): void {
    const { windows, spec } = this.#recipe;
    const extended = extendEdges(row.recording, MAX_OVERHANG_SAMPLES);
    const starts = new StartSampler(spec, windows.starts, row.recording, extended);
    for (const { from, shiftSamples } of windows.starts) {
      for (const shift of VALIDATION_SHIFTS) {
        if (Math.abs(shift) <= shiftSamples) this.#add(row, extended, starts.exact(from, shift));
      }
    }
  }

  take(): { examples: Example[]; windows: PreparedWindow[] } {
    const taken = { examples: this.#examples, windows: this.#windows };
    this.#examples = [];
    this.#windows = [];
    return taken;
  }

  #add(row: LabelledRow, recording: LabelledRow['recording'], startUs: number): void {
    const window = cutWindow(this.#recipe.spec, recording, startUs);
    if (!window) return;
    const label = this.#recipe.spec.answers.labels.indexOf(row.label);
    this.#examples.push({
      prompt: [...this.#writer.prefix, ...promptTokens(this.#writer, window.rows)],
      answer: this.#writer.completions[label]!.tokens,
      label,
    });
    this.#windows.push({ row: row.id, startUs, label: row.label });
  }
}

const exampleLength = ({ prompt, answer }: Example): number => prompt.length + answer.length;

function splitRows(dataset: Dataset, split: string, { spec, dataset: name }: LoadedRecipe): LabelledRow[] {
  const rows = distinct(rowsOfSplit(dataset.rows, split));
  if (rows.length === 0) {
    throw new TinyError(
      `${name} has no rows of split "${split}"`,
      'give --data the folder that holds all files of the set',
    );
  }
  const stranger = rows.find(({ label }) => !spec.answers.labels.includes(label));
  if (stranger) {
    throw new TinyError(
      `row ${stranger.id} is labelled "${stranger.label}", which is no answer of task ${spec.name}`,
      `its answers are ${spec.answers.labels.join(', ')}`,
    );
  }
  return rows;
}

const shares = (labels: readonly string[], rows: readonly LabelledRow[]): Record<string, number> =>
  Object.fromEntries(
    labels.map((label) => [label, rows.filter((row) => row.label === label).length / rows.length]),
  );

const writeWindows = (path: string, windows: readonly PreparedWindow[]): Promise<void> =>
  writeFile(path, windows.map((window) => `${JSON.stringify(window)}\n`).join(''));
