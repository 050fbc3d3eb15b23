import { groupBy } from '../../trainer/group-by.ts';
import { meanOf, percent, spread } from '../../trainer/results/spread.ts';
import type { Experiment } from './experiment.ts';
import type { Trained } from './train-arm.ts';

/** The section of one experiment: a table for each recipe, a row for each arm. */
export function experimentSection({ name, title, question }: Experiment, all: readonly Trained[]): string {
  const tables = [...groupBy(all, ({ recipe }) => recipe)].map(([recipe, runs]) => recipeTable(recipe, runs));
  const command = `npm run -s experiment -- ${name} --data DIR --out DIR`;
  return [`## ${title}`, `${question} Printed by \`${command}\`.`, ...tables].join('\n\n');
}

function recipeTable(recipe: string, runs: readonly Trained[]): string {
  const arms = [...groupBy(runs, ({ arm }) => arm)];
  const [[, first]] = arms as [[string, Trained[]]];
  const variants = [...new Set(runs.flatMap((run) => run.variants.map(({ name }) => name)))];
  const head = ['', 'seeds', 'accuracy', 'macro-F1', 'macro-F1 less the first', 'training', ...variants];
  const rows = arms.map(([arm, own]) => [
    arm,
    String(own.length),
    spread(
      own.map(({ accuracy }) => accuracy),
      percent,
    ),
    spread(
      own.map(({ macroF1 }) => macroF1),
      percent,
    ),
    own === first ? '' : pairedText(own, first),
    minutes(own),
    ...variants.map((name) => variantText(own, name)),
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [`**${recipe}**, ${runs[0]!.n} test rows, figures in percent.`, '', ...lines].join('\n');
}

/** Seeds are paired: the mean of the differences, with its 95 % interval by Student's t where there are two or more. */
function pairedText(own: readonly Trained[], first: readonly Trained[]): string {
  const differences = own.flatMap(({ seed, macroF1 }) => {
    const other = first.find((run) => run.seed === seed)?.macroF1;
    return macroF1 === null || other === null || other === undefined ? [] : [macroF1 - other];
  });
  if (differences.length === 0) return '';
  const mean = meanOf(differences);
  if (differences.length === 1) return signed(mean);
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (differences.length - 1);
  const half = studentT95(differences.length - 1) * Math.sqrt(variance / differences.length);
  return `${signed(mean)} (${signed(mean - half)} to ${signed(mean + half)})`;
}

/** Two-sided 95 % quantiles of Student's t for 1, 2, .. degrees of freedom. */
const STUDENT_T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
const studentT95 = (degrees: number): number => STUDENT_T95[degrees - 1] ?? 1.96;

const signed = (share: number): string => `${share < 0 ? '' : '+'}${percent(share)}`;

function minutes(runs: readonly Trained[]): string {
  const timed = runs.filter(({ isTimed }) => isTimed);
  if (timed.length === 0) return '';
  const [pretrain, finetune] = [
    meanOf(timed.map(({ pretrainSeconds }) => pretrainSeconds / 60)),
    meanOf(timed.map(({ finetuneSeconds }) => finetuneSeconds / 60)),
  ];
  return `${pretrain > 0 ? `${pretrain.toFixed(1)} + ` : ''}${finetune.toFixed(1)} min`;
}

function variantText(runs: readonly Trained[], name: string): string {
  const own = runs.flatMap(({ variants }) => variants.filter((variant) => variant.name === name));
  if (own.length === 0) return '';
  const megabytes = (own[0]!.fileBytes / 1e6).toFixed(1);
  return `${megabytes} MB, ${meanOf(own.map(({ p50Ms }) => p50Ms)).toFixed(1)} ms`;
}
