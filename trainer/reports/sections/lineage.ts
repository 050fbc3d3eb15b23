import { parameterCount } from '../../../model/shape.ts';
import { type Answers, labelsOf, numbersOf } from '../../../protocols/answers.ts';
import { finalSteps } from '../../finetune-settings.ts';
import { count, duration, plural } from '../figures.ts';
import { type Content, html } from '../html.ts';
import type { RunReport, SectionWriter } from '../section.ts';

/** What was trained on what: all that is needed to do it again. */
export const lineage: SectionWriter = (run) => ({
  id: 'lineage',
  title: 'What was trained on what',
  isWide: true,
  body: html`<dl class="facts">${facts(run).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
});

function facts(run: RunReport): [name: string, value: Content][] {
  const { recipe, task, shape, lineage, prepared, report, trainingTime, chosenStep } = run;
  const { rows, examples, tokensPerExample } = prepared;
  const isMean = recipe.finetune.ensemble?.into === 'average';
  const chosen = isMean ? 'each model at its best step' : `step ${count(chosenStep)}`;
  const where = Object.entries(recipe.where ?? {}).map(([key, value]) => `, ${key} ${value}`);
  const hash = (hex: string) => html`<code title="${hex}">${hex.slice(0, 12)}</code>`;
  return [
    ['Data', [`${recipe.dataset}${where.join('')} `, lineage.data.map(({ sha256 }) => hash(sha256))]],
    [
      'Rows',
      `${count(rows.train)} to train, ${count(rows.validation)} to choose, ${count(report.n)} to test`,
    ],
    ...(recipe.splitsShareGroups
      ? [
          [
            'Split',
            'rows of one person, session or place lie on both sides: nothing is said about one never seen',
          ] as [string, Content],
        ]
      : []),
    ['Windows', `${count(examples.train)} to train, ${count(examples.validation)} to choose`],
    [
      'Prompt',
      `${task.template} template, at most ${plural(tokensPerExample, 'token')} of ${count(shape.vocab)}`,
    ],
    [
      'Model',
      `GPT-2: ${plural(shape.layers, 'layer')}, width ${shape.width}, ${plural(shape.heads, 'head')}, ` +
        `${count(parameterCount(shape))} parameters`,
    ],
    ['Started from', lineage.base ? [`${lineage.base.name} `, hash(lineage.base.sha256)] : 'scratch'],
    ['Training', trainingText(recipe.finetune)],
    ['Chosen', `${chosen}, by ${judgedBy(task.spec.answers)} on the validation split`],
    ...(trainingTime ? [['Time', timeText(trainingTime)] as [string, Content]] : []),
    ['Recipe', [`${recipe.name} `, hash(lineage.recipe.sha256)]],
    ['Seed', String(lineage.seed)],
    ['Engine', lineage.engine],
    ['Commit', lineage.commit === null ? 'not known' : hash(lineage.commit)],
  ];
}

const judgedBy = (asked: Answers): string =>
  [
    ...(labelsOf(asked).length > 0 ? ['macro-F1'] : []),
    ...(numbersOf(asked).length > 0 ? ['the error of its numbers'] : []),
  ].join(' and ');

function trainingText(settings: RunReport['recipe']['finetune']): string {
  const { steps, batch, learningRate, ensemble } = settings;
  const each = `${plural(steps, 'step')} of ${plural(batch, 'window')}, peak learning rate ${learningRate}`;
  if (!ensemble) return each;
  return ensemble.into === 'average'
    ? `the mean of ${ensemble.members} models, each ${each}`
    : `a student (${plural(finalSteps(settings), 'step')}) of ${ensemble.members} models, each ${each}`;
}

const timeText = ({ seconds, isResumed }: NonNullable<RunReport['trainingTime']>): string =>
  `${duration(seconds)}${isResumed ? ' since it was last resumed' : ''}`;
