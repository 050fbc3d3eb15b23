import type { Command } from '../../commandline/command.ts';
import { choice, parseFlags, range, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { Progress } from '../../commandline/progress.ts';
import { type Bundle, openBundle } from '../../model/bundle.ts';
import { startBrain } from '../../pipeline/tiny-brain.ts';
import { labelsOf, numbersOf } from '../../protocols/answers.ts';
import { TinyError } from '../../protocols/errors.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { distinct, type LabelledRow, rowsOfSplit, strangeAnswer } from '../datasets/dataset.ts';
import { DATASET_NAMES, readDataset } from '../datasets/registry.ts';
import { type EvaluationOptions, evaluate } from '../evaluation.ts';
import { evaluationText } from '../evaluation-text.ts';
import { idleLabels, streamReport, wantedRecordings } from './evaluate-streams.ts';
import { evaluateText, TEXT_FLAGS } from './evaluate-text.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'evaluate',
  summary: 'Score a bundle on a data set, or a trained model as stage 4 of training',
  usage: `
Usage: tinyllm evaluate --bundle DIR --dataset NAME --data PATH [flags]
       tinyllm evaluate --recipe FILE --out DIR --data PATH [flags]
       tinyllm evaluate --bundle DIR --text FILE [flags]

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
  --stream             also feed whole recordings of the set to the agent's pipeline, and score every second
  --recordings FILE    with --stream: these recordings (.jsonl[.gz]) instead of the set's own
  --idle LABEL[,LABEL] with --stream: labels for nothing in particular, such as transition, which are no episodes
  --json               print the report as JSON

As a stage, for a model that has been trained:
${STAGE_FLAGS}
On a text, how well it knows the language: bits per byte, perplexity, and questions with four choices (docs/pretraining.md):
${TEXT_FLAGS}`,
  run: async (argv) => {
    const has = (flag: string): boolean => argv.some((word) => word === flag || word.startsWith(`${flag}=`));
    if (has('--recipe')) return runStages(argv, 'evaluate');
    return has('--text') ? evaluateText(argv) : evaluateBundle(argv);
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
    stream: toggle(),
    recordings: text('FILE, such as recordings/gesture-stream.jsonl.gz'),
    idle: text('LABEL[,LABEL], such as transition'),
    json: toggle(),
  });
  const model = await openBundle(flags.bundle);
  const { rows, skipped } = await readDataset(flags.dataset, flags.data, {
    spec: model.manifest.task.spec,
    where: {
      ...rowsThatTrained(model, flags.dataset),
      ...(flags.room === undefined ? {} : { room: flags.room }),
    },
  });
  const chosen = distinct(rowsOfSplit(rows, flags.split, flags.splitColumn));
  if (chosen.length === 0) throw noSuchSplit(rows, flags.split!, flags.splitColumn ?? 'split');
  const whole = await wantedRecordings(model.manifest.task.spec, rows, flags);
  const idle = idleLabels(model.manifest.task.spec, flags.idle);
  const brain = await startBrain(model, flags.variant === undefined ? {} : { variant: flags.variant });
  try {
    refuseStrangers(chosen, brain.task.spec, flags.bundle);
    const training = flags.baselines ? trainingRows(rows, flags.split, flags.splitColumn) : undefined;
    if (training) refuseStrangers(training, brain.task.spec, flags.bundle);
    const shifts = flags.shifts ? stepsOf(flags.shifts) : [];
    const moves = flags.baselineShifts ? stepsOf(flags.baselineShifts) : [0];
    let progress: Progress | undefined;
    const report = await untilInterrupted(async (signal) =>
      evaluate(brain, chosen, {
        dataset: flags.dataset,
        split: flags.split ?? null,
        skipped: skipped.length,
        shifts,
        ...(training &&
          (await askClassicalMethods(brain.task.spec, training, moves, { rows: chosen, shifts }, signal))),
        ...(whole && { stream: await streamReport(brain, whole, idle, signal) }),
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

/** Their libraries are loaded when they are asked for. */
async function askClassicalMethods(
  spec: TaskSpec,
  training: readonly LabelledRow[],
  moves: readonly number[],
  asked: { readonly rows: readonly LabelledRow[]; readonly shifts: readonly number[] },
  signal: AbortSignal,
): Promise<Pick<EvaluationOptions, 'baselines' | 'numberBaselines'>> {
  const { askNumberMethods } = await import('../baselines/number-methods.ts');
  const ofNumbers = await askNumberMethods(spec, training, asked.rows, signal);
  const numberBaselines = ofNumbers.length > 0 ? { numberBaselines: ofNumbers } : {};
  if (labelsOf(spec.answers).length === 0) return numberBaselines;
  const { inPlace } = await import('../baselines/lessons.ts');
  const { methodsFor } = await import('../baselines/train-baselines.ts');
  const { askMethods, Questions } = await import('../baselines/method-answers.ts');
  const methods = methodsFor(spec, training, [inPlace(spec, moves)]);
  const questions = new Questions(spec, asked.rows, asked.shifts);
  return { ...numberBaselines, baselines: await askMethods(spec, training, methods, questions, signal) };
}

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

function refuseStrangers(rows: readonly LabelledRow[], spec: TaskSpec, bundle: string): void {
  const strange = rows.map((row) => strangeAnswer(row, spec)).find((problem) => problem !== undefined);
  if (!strange) return;
  const asks = [...labelsOf(spec.answers), ...numbersOf(spec.answers).map(({ name }) => name)].join(', ');
  throw new TinyError(
    `${bundle}: ${strange.message}`,
    `it answers ${asks}; use the data set it was made for`,
  );
}

function noSuchSplit(rows: readonly LabelledRow[], split: string, column: string): TinyError {
  const known = [...new Set(rows.flatMap(({ splits }) => splits[column] ?? []))];
  return new TinyError(
    `no row has "${split}" in column "${column}"`,
    known.length > 0 ? `it holds ${known.join(', ')}` : 'the rows have no such column: leave --split out',
  );
}
