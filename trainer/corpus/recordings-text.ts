import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { digitsOf, LABEL, labelsOf, numbersOf } from '../../protocols/answers.ts';
import { labelText } from '../../protocols/prompt.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { Row } from '../../protocols/window.ts';
import { cutWindow } from '../../protocols/windower.ts';
import { recordingsByAnswer } from '../augment/recombine.ts';
import { type LabelledRow, splitRows } from '../datasets/dataset.ts';
import { readDataset } from '../datasets/registry.ts';
import { fitQuantisers } from '../fit-quantisers.ts';
import { type LoadedRecipe, loadRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';
import { drawsOf, TrainingWindows } from '../training-windows.ts';

/** A window of a recording with its answer, as text, and whose it is. */
export interface RecordingText {
  readonly text: string;
  readonly group: string | undefined;
}

export interface RecordingTextOptions {
  /** The recipe's own where it is undefined: lists of numbers as in the paper, or one level a token. */
  readonly template?: FittedTask['template'] | undefined;
  /** Windows drawn from each row besides the one that was measured: moved and augmented as the recipe's `windows` say. */
  readonly copies: number;
}

/** The windows of the corpus are drawn once, whatever seed a model is trained with. */
const SEED = 0;

/**
 * The training rows of a recipe's data set, rendered as the prompts that fine-tuning would read, each with its answer. No
 * row of the validation or test split comes into a corpus.
 */
export async function recordingTexts(
  recipePath: string,
  dataPath: string,
  { template, copies }: RecordingTextOptions,
): Promise<RecordingText[]> {
  const recipe = await loadRecipe(recipePath);
  const { spec } = recipe;
  const rows = splitRows(await readDataset(recipe.dataset, dataPath, recipe), 'train', recipe);
  const measured = rows.map((row) => rowWindow(spec, row, 0));
  const task: FittedTask = {
    spec,
    template: template ?? recipe.prompt.template,
    quantisers: fitQuantisers(spec, recipe.prompt, measured.flat()),
    missingText: ' ?',
    unknownThreshold: 0,
    classPrior: {},
  };
  const writer = promptWriter(task, gpt2Tokenizer());
  const alike = recordingsByAnswer(rows);
  return rows.flatMap((row, i) => {
    const windows = [
      { rows: measured[i]!, label: row.label },
      ...drawnWindows(recipe, row, alike(row), copies),
    ];
    return windows.flatMap((window) =>
      answerTexts(task, { ...row, label: window.label }).map((answer) => ({
        text: writer.text(window.rows) + answer,
        group: row.recording.group,
      })),
    );
  });
}

function drawnWindows(
  { spec, windows }: LoadedRecipe,
  row: LabelledRow,
  alike: readonly Recording[],
  copies: number,
): { rows: readonly Row[]; label: string }[] {
  const training = new TrainingWindows(spec, windows, row, alike);
  return Array.from({ length: copies }, (_, copy) => training.draw(drawsOf(SEED, row), copy)).flatMap(
    ({ recording, startUs, label }) => {
      const window = cutWindow(spec, recording, startUs);
      return window ? [{ rows: window.rows, label }] : [];
    },
  );
}

/** What follows a prompt: one for each question of the task. */
function answerTexts(task: FittedTask, { label, numbers }: LabelledRow): string[] {
  const { answers } = task.spec;
  const asked = numbersOf(answers);
  const all = [
    ...(labelsOf(answers).length > 0 ? [{ question: LABEL, answer: labelText(task, label) }] : []),
    ...asked.map((number) => ({ question: number.name, answer: digitsOf(number, numbers![number.name]!) })),
  ];
  // The only question of a task is not said (protocols/templates.ts).
  return all.map(({ question, answer }) => (all.length === 1 ? answer : labelText(task, question) + answer));
}
