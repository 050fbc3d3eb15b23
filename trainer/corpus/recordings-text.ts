import { gpt2Tokenizer } from '../../model/gpt2-tokenizer.ts';
import { digitsOf, LABEL, labelsOf, numbersOf } from '../../protocols/answers.ts';
import { labelText } from '../../protocols/prompt.ts';
import type { FittedTask } from '../../protocols/task.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { type LabelledRow, splitRows } from '../datasets/dataset.ts';
import { readDataset } from '../datasets/registry.ts';
import { fitQuantisers } from '../fit-quantisers.ts';
import { loadRecipe } from '../recipe.ts';
import { rowWindow } from '../row-windows.ts';

/** A window of a recording with its answer, as text, and whose it is. */
export interface RecordingText {
  readonly text: string;
  readonly group: string | undefined;
}

/**
 * The training rows of a recipe's data set, rendered as the prompts that fine-tuning would read, each with its answer. No
 * row of the validation or test split comes into a corpus.
 *
 * @param template the recipe's own where it is undefined: lists of numbers as in the paper, or one level a token
 */
export async function recordingTexts(
  recipePath: string,
  dataPath: string,
  template: FittedTask['template'] | undefined,
): Promise<RecordingText[]> {
  const recipe = await loadRecipe(recipePath);
  const { spec } = recipe;
  const rows = splitRows(await readDataset(recipe.dataset, dataPath, recipe), 'train', recipe);
  const windows = rows.map((row) => rowWindow(spec, row, 0));
  const task: FittedTask = {
    spec,
    template: template ?? recipe.prompt.template,
    quantisers: fitQuantisers(spec, recipe.prompt, windows.flat()),
    missingText: ' ?',
    unknownThreshold: 0,
    classPrior: {},
  };
  const writer = promptWriter(task, gpt2Tokenizer());
  return rows.flatMap((row, i) =>
    answerTexts(task, row).map((answer) => ({
      text: writer.text(windows[i]!) + answer,
      group: row.recording.group,
    })),
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
