import type { Command } from '../../commandline/command.ts';
import { choice, parseFlags, range, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { Progress } from '../../commandline/progress.ts';
import { type Bundle, openBundle } from '../../model/bundle.ts';
import { startBrain } from '../../pipeline/tiny-brain.ts';
import { TinyError } from '../../protocols/errors.ts';
import { inPlace } from '../baselines/lessons.ts';
import { distinct, type LabelledRow, rowsOfSplit } from '../datasets/dataset.ts';
import { DATASET_NAMES, readDataset } from '../datasets/registry.ts';
import { evaluate } from '../evaluation.ts';
import { evaluationText } from '../evaluation-text.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'evaluate',
  summary: 'Score a bundle on a data set, or a trained model as stage 4 of training',
  usage: `
Usage: tinyllm evaluate --bundle DIR --dataset NAME --data PATH [flags]
       tinyllm evaluate --recipe FILE --out DIR --data PATH [flags]

Scores every distinct row through the runtime that the agent uses.

  --bundle DIR         the model
  --dataset NAME       how the data is read: ${DATASET_NAMES.join(', ')}
  --data PATH          a file of the set, or the folder with all of them
  --room R             only rows of this room and radio, as WiFi-S3 (default: those that trained the bundle)
  --split S            only rows of this split (default: all rows)
  --split-column NAME  another column that splits the rows (default: split)
  --variant V          a variant of the bundle (default: its first)
  --shifts A..B        also with the window moved by A to B samples, as -5..5
  --baselines          also train kNN, a random forest and gradient boosting on the train split, and score them beside it
  --baseline-shifts A..B  their training windows also moved by A to B samples
  --json               print the report as JSON

As a stage, for a model that has been trained:
${STAGE_FLAGS}`,
  run: async (argv) => {
    const isStage = argv.some((word) => word === '--recipe' || word.startsWith('--recipe='));
    if (isStage) return runStages(argv, 'evaluate');
    return evaluateBundle(argv);
  },
};

async function evaluateBundle(argv: readonly string[]): Promise<void> {
  const { flags } = parseFlags(argv, {
    bundle: required(text('DIR, such as models/gesture')),
    dataset: required(choice(...DATASET_NAMES)),
    data: required(text('PATH; docs/data.md says where data comes from')),
    room: text(),
    split: text(),
    splitColumn: text(),
    variant: text(),
    shifts: range(),
    baselines: toggle(),
    baselineShifts: range(),
    json: toggle(),
  });
  const model = await openBundle(flags.bundle);
  const { rows, skipped } = await readDataset(flags.dataset, flags.data, {
    where: {
      ...rowsThatTrained(model, flags.dataset),
      ...(flags.room === undefined ? {} : { room: flags.room }),
    },
  });
  const chosen = distinct(rowsOfSplit(rows, flags.split, flags.splitColumn));
  if (chosen.length === 0) throw noSuchSplit(rows, flags.split!, flags.splitColumn ?? 'split');
  const brain = await startBrain(model, flags.variant === undefined ? {} : { variant: flags.variant });
  try {
    refuseStrangers(chosen, brain.task.spec.answers.labels, flags.bundle);
    const training = flags.baselines ? trainingRows(rows, flags.split, flags.splitColumn) : undefined;
    if (training) refuseStrangers(training, brain.task.spec.answers.labels, flags.bundle);
    let progress: Progress | undefined;
    const report = await untilInterrupted(async (signal) =>
      evaluate(brain, chosen, {
        dataset: flags.dataset,
        split: flags.split ?? null,
        skipped: skipped.length,
        shifts: flags.shifts ? stepsOf(flags.shifts) : [],
        ...(training && {
          baselines: await (await import('../baselines/train-baselines.ts')).trainBaselines(
            brain.task.spec,
            training,
            {
              lessons: [inPlace(brain.task.spec, flags.baselineShifts ? stepsOf(flags.baselineShifts) : [0])],
              signal,
            },
          ),
        }),
        signal,
        onProgress: (_, total) => {
          progress ??= new Progress({ sink: process.stderr, label: 'evaluate', unit: 'windows', total });
          progress.advance();
        },
      }),
    ).finally(() => progress?.finish());
    for (const problem of skipped) process.stderr.write(`left out ${problem}\n`);
    process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : evaluationText(report));
  } finally {
    await brain.close();
  }
}

const stepsOf = ({ first, last }: { readonly first: number; readonly last: number }): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** What the baselines learn from: never a row that is scored. */
function trainingRows(
  rows: readonly LabelledRow[],
  split: string | undefined,
  column = 'split',
): LabelledRow[] {
  if (split === undefined || split === 'train') {
    throw new TinyError(
      '--baselines would be scored on the rows that they learn from',
      'name another split: --split test',
    );
  }
  const training = rowsOfSplit(rows, 'train', column);
  if (training.length > 0) return training;
  throw new TinyError(
    `--baselines learns from rows with "train" in column "${column}", and there are none`,
    'give --data the folder that holds all files of the set',
  );
}

/** A bundle for the watch is not asked about the phone's rows. */
const rowsThatTrained = ({ manifest }: Bundle, dataset: string): Readonly<Record<string, string>> =>
  manifest.lineage.data.find(({ name }) => name === dataset)?.where ?? {};

function refuseStrangers(rows: readonly LabelledRow[], labels: readonly string[], bundle: string): void {
  const stranger = rows.find(({ label }) => !labels.includes(label));
  if (!stranger) return;
  throw new TinyError(
    `row ${stranger.id} is labelled "${stranger.label}", which is no answer of ${bundle}`,
    `the bundle answers ${labels.join(', ')}; use the data set it was made for`,
  );
}

function noSuchSplit(rows: readonly LabelledRow[], split: string, column: string): TinyError {
  const known = [...new Set(rows.flatMap(({ splits }) => splits[column] ?? []))];
  return new TinyError(
    `no row has "${split}" in column "${column}"`,
    known.length > 0 ? `it holds ${known.join(', ')}` : 'the rows have no such column: leave --split out',
  );
}
