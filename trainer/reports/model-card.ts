import type { BundleManifest } from '../../model/bundle.ts';
import { type GptShape, parameterCount } from '../../model/shape.ts';
import { type Answers, labelsOf, numbersOf } from '../../protocols/answers.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { EvaluationReport } from '../evaluation.ts';
import { hasLabels, type LabelFigures, numberFigures } from '../figures.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { CrossValidation } from '../stages/cross-validate.ts';
import type { StreamReport } from '../stream-evaluation.ts';
import { toleranceText, type VariantTable, variantRows } from '../variants/variant-table.ts';
import { markdownTable } from './markdown-table.ts';

export interface CardInput {
  readonly recipe: LoadedRecipe;
  readonly task: FittedTask;
  readonly shape: GptShape;
  readonly lineage: BundleManifest['lineage'];
  readonly table: VariantTable;
  readonly report: EvaluationReport;
  readonly crossValidation?: CrossValidation;
}

const share = (value: number): string => value.toFixed(3);
const interval = ([low, high]: readonly [number, number]): string => `${share(low)} to ${share(high)}`;

/** The card that travels in a bundle, Markdown. Every figure in it was measured by the run that wrote it. */
export function modelCard(input: CardInput): string {
  const { recipe, task, shape, lineage, report, crossValidation } = input;
  const { spec } = task;
  const { confusion, shifts } = report;
  const sections = [
    `# ${recipe.name}`,
    `${spec.instruction} Answers: ${answersText(spec.answers)}.`,
    `A GPT-2 of ${(parameterCount(shape) / 1e6).toFixed(2)} M parameters (${shape.layers} layers, width ${shape.width}, ` +
      `${shape.heads} heads, context ${shape.context}, vocabulary ${shape.vocab}), trained ${startOf(lineage)} by ` +
      `\`npx tinyllm train --recipe ${recipe.file}\` (seed ${lineage.seed}) ${recipe.refit ? ON_BOTH : ON_TRAIN}`,
    recipe.card.data,
    '## Results',
    `${report.n} distinct test rows of \`${report.dataset}\`; 95 % intervals by bootstrap` +
      `${report.perGroup ? ' over sessions' : ''}.`,
    markdownTable([
      ['', 'test', '95 % interval'],
      ...(hasLabels(report) ? labelRows(report) : []),
      ...numberFigures(report).map(({ name, value, ci95 }) => [name, share(value), interval(ci95)]),
    ]),
    ...(shifts === null ? [] : [`Accuracy by shift of the window, in samples:\n\n${shiftTable(shifts)}`]),
    ...(confusion ? [`Truth down, answers across:\n\n${markdownTable(confusionRows(confusion))}`] : []),
    ...(report.stream ? [streamFigures(report.stream)] : []),
    ...(crossValidation ? [groupedFigures(crossValidation)] : []),
    '## Limits',
    ...(recipe.splitsShareGroups ? [SHARED_GROUPS] : []),
    recipe.card.limits,
    '## Variants',
    markdownTable(variantRows(input.table)),
    [
      ...(input.table.variants.length > 1
        ? ['In brackets the change against fp32; "as fp32" is the share of rows with the same answer.']
        : []),
      'Time and memory are of one thread of the machine that trained it, each variant alone in a process;',
      '`npx tinyllm verify` checks the golden examples on yours. A variant that loses more than',
      `${toleranceText(input.table)} on the validation split is refused and not in the bundle.`,
    ].join(' '),
  ];
  return `${sections.join('\n\n')}\n`;
}

const ON_TRAIN =
  'on the train split only; the checkpoint was chosen on the validation split, and the test split was read once the model was ' +
  'fixed.';

const ON_BOTH =
  'on the train and validation splits, for a number of steps that the recipe fixes; the unknown threshold is of a model ' +
  'that had not met the validation split, and the test split was read once the model was fixed. The variants below were compared ' +
  'on validation rows, which this model has learnt from.';

const startOf = ({ base }: BundleManifest['lineage']): string =>
  base ? `from the model \`${base.name}\` (weights ${base.sha256.slice(0, 12)})` : 'from scratch';

/** Of a recipe that says `splitsShareGroups`. */
const SHARED_GROUPS =
  'Rows of one person, session or place lie on both sides of the split, as the recipe allows: these figures say nothing ' +
  'about one that was never seen.';

/** What the split's own figures cannot say: how it goes in a session of which nothing was seen. */
const groupedFigures = (figures: CrossValidation): string => {
  const { folds, groups, n } = figures;
  const told = [
    ...(hasLabels(figures)
      ? [
          `accuracy ${share(figures.accuracy)} (${interval(figures.ci95.accuracy)})`,
          `macro-F1 ${share(figures.macroF1)} (${interval(figures.ci95.macroF1)})`,
        ]
      : []),
    ...numberFigures(figures).map(({ name, value, ci95 }) => `${name} ${share(value)} (${interval(ci95)})`),
  ];
  return (
    `Grouped by session: ${told.join(', ')}. ${folds} models of this recipe, each tested on sessions of which neither its training ` +
    `nor its validation rows held any; ${n} distinct rows of ${groups} sessions, the whole set.`
  );
};

/** Whole recordings, as the agent reads them. */
const streamFigures = ({
  recordings,
  seconds,
  accuracy,
  macroF1,
  coverage,
  unknown,
  latencyS: { changes, missed, p50, p95 },
}: StreamReport): string =>
  [
    `Live, second by second: accuracy ${share(accuracy)}, macro-F1 ${share(macroF1)} over ${seconds} seconds of ` +
      `${recordings} whole recordings of the test split, read as the agent reads a board. An answer is judged by what fills ` +
      'most of its window.',
    ...(unknown === null
      ? []
      : [`An answer stands for ${share(coverage)} of the seconds; of these, ${share(unknown)} are unknown.`]),
    ...(p50 === null || p95 === null
      ? []
      : [
          `A change is told after ${p50.toFixed(1)} s in the median, ${p95.toFixed(1)} s in 95 % of cases; ` +
            `${missed} of ${changes} changes were never told.`,
        ]),
  ].join(' ');

const labelRows = ({
  accuracy,
  macroF1,
  ci95,
  shiftMean,
  ece,
  unknown,
}: LabelFigures<EvaluationReport>): string[][] => [
  ['accuracy', share(accuracy), interval(ci95.accuracy)],
  ['macro-F1', share(macroF1), interval(ci95.macroF1)],
  ...(shiftMean === null ? [] : [['accuracy, mean over window shifts', share(shiftMean), '']]),
  ['calibration error (15 bins)', share(ece), ''],
  [
    `answered (p at least ${unknown.threshold.toFixed(2)})`,
    share(unknown.coverage),
    unknown.accuracy === null ? '' : `right: ${share(unknown.accuracy)}`,
  ],
];

const confusionRows = ({ labels, rows }: NonNullable<EvaluationReport['confusion']>) => [
  ['', ...labels],
  ...rows.map((row, i) => [labels[i]!, ...row]),
];

/** `Tap, Double, Hold; breathingRate from 6 to 30 1/min`. */
const answersText = (asked: Answers): string =>
  [
    ...(labelsOf(asked).length > 0 ? [labelsOf(asked).join(', ')] : []),
    ...numbersOf(asked).map(({ name, min, max, unit }) => `${name} from ${min} to ${max} ${unit}`),
  ].join('; ');

function shiftTable(shifts: NonNullable<EvaluationReport['shifts']>): string {
  const sorted = Object.entries(shifts).sort(([a], [b]) => Number(a) - Number(b));
  return markdownTable([sorted.map(([shift]) => shift), sorted.map(([, value]) => share(value))]);
}
