import { expect, it } from 'vitest';
import { html } from '../../../trainer/reports/html.ts';
import type { RunReport } from '../../../trainer/reports/section.ts';
import { loss } from '../../../trainer/reports/sections/learning.ts';
import { lineage } from '../../../trainer/reports/sections/lineage.ts';
import { exampleRun } from './example-run.ts';

type Ensemble = RunReport['recipe']['finetune']['ensemble'];

const run = exampleRun();
/** The page of a run whose model was made of several. */
const withEnsemble = (ensemble: Ensemble): RunReport => ({
  ...run,
  recipe: { ...run.recipe, finetune: { ...run.recipe.finetune, steps: 3000, ensemble } },
});
const textOf = (page: RunReport): string => `${html`${lineage(page)!.body}`}`;

it('a report says of how many models its model was made, and how', () => {
  expect(textOf(withEnsemble(undefined))).toMatch(/<dd>3,000 steps of 16 windows, peak/);
  const mean = textOf(withEnsemble({ into: 'average', members: 3, windows: 'shared' }));
  expect(mean).toContain('<dd>the mean of 3 models, each 3,000 steps of 16 windows, peak');
  expect(mean).toContain('<dd>each model at its best step, by');
  const student = { into: 'distil', members: 4, windows: 'shared', softShare: 0.7, steps: 5000 } as const;
  expect(textOf(withEnsemble(student))).toContain(
    '<dd>a student (5,000 steps) of 4 models, each 3,000 steps',
  );
});

it('its curves are as long as the training whose weights were kept', () => {
  const student = { into: 'distil', members: 2, windows: 'shared', softShare: 0.7, steps: 5000 } as const;
  expect(`${html`${loss(withEnsemble(student))!.body}`}`).toContain('5,000');
  expect(`${html`${loss(withEnsemble(undefined))!.body}`}`).not.toContain('5,000');
});
