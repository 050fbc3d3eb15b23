import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { EvaluationReport } from '../../../trainer/evaluation.ts';
import { loadRecipe } from '../../../trainer/recipe.ts';
import { modelCard } from '../../../trainer/reports/model-card.ts';
import { fitted } from '../../protocols/examples.ts';
import { REPOSITORY } from '../../tools.ts';

const recipe = await loadRecipe(join(REPOSITORY, 'configs', 'recipes', 'gesture.yaml'));
const report: EvaluationReport = {
  dataset: 'gesture',
  split: 'test',
  n: 90,
  skipped: 0,
  accuracy: 0.9778,
  macroF1: 0.9765,
  ci95: { accuracy: [0.9444, 1], macroF1: [0.9431, 1] },
  confusion: {
    labels: ['Tap', 'Double', 'Hold'],
    rows: [
      [29, 1, 0],
      [0, 30, 0],
      [1, 0, 29],
    ],
  },
  ece: 0.0314,
  unknown: { threshold: 0.57, coverage: 0.9889, accuracy: 0.9887, negativesRejected: 0.4, auroc: 0.99 },
  numberBaselines: null,
  mae: null,
  positionErrorM: null,
  perGroup: null,
  shifts: { '0': 0.978, '5': 0.967, '-5': 0.956 },
  shiftMean: 0.967,
  baselines: null,
  latencyMs: { p50: 4.25, p95: 7.5 },
  stream: null,
  bundle: 'f'.repeat(64),
};
const input = {
  recipe,
  task: fitted(recipe.spec),
  shape: { layers: 4, width: 96, heads: 3, context: 110, vocab: 450 },
  lineage: {
    data: [],
    recipe: { name: 'gesture', sha256: 'a'.repeat(64) },
    engine: 'onnx',
    seed: 7,
    commit: null,
  },
  table: {
    maxDrop: 0.005,
    variants: [
      {
        name: 'fp32' as const,
        fileBytes: 2_222_222,
        validation: { n: 93, accuracy: 0.99, macroF1: 0.989, agreement: 1 },
        test: { n: 90, accuracy: 0.9778, macroF1: 0.9765, agreement: 1 },
        accepted: true,
        latencyMs: { p50: 4.25, p95: 7.5 },
        tokensPerS: 812.4,
        peakMemoryMb: 99.6,
      },
      {
        name: 'q4' as const,
        fileBytes: 400_000,
        validation: { n: 93, accuracy: 0.97, macroF1: 0.971, agreement: 0.98 },
        test: { n: 90, accuracy: 0.9889, macroF1: 0.9765, agreement: 0.9889 },
        accepted: false,
        latencyMs: { p50: 2.125, p95: 3 },
        tokensPerS: 1000,
        peakMemoryMb: 90,
      },
    ],
  },
  report,
};

it('states what was measured, on what, and the limits', () => {
  const card = modelCard(input);
  for (const line of [
    '| accuracy | 0.978 | 0.944 to 1.000 |',
    '| macro-F1 | 0.977 | 0.943 to 1.000 |',
    '| accuracy, mean over window shifts | 0.967 |  |',
    '| calibration error (15 bins) | 0.031 |  |',
    '| answered (p at least 0.57) | 0.989 | right: 0.989 |',
    '| -5 | 0 | 5 |',
    '| 0.956 | 0.978 | 0.967 |',
    '| Tap | 29 | 1 | 0 |',
    '| Hold | 1 | 0 | 29 |',
    '| fp32 | 2222222 | 0.990 | 0.989 | 1.000 | 0.978 | 0.977 | 1.000 | 4.25 / 7.50 | 812 | 100 |  |',
    '| q4 | 400000 | 0.970 (-0.020) | 0.971 (-0.018) | 0.980 | 0.989 (+0.011) | 0.977 (0) | 0.989 | 2.13 / 3.00 | 1000 | 90 | refused |',
  ]) {
    expect(card.split('\n')).toContain(line);
  }
  expect(card).toContain('90 distinct test rows of `gesture`; 95 % intervals by bootstrap.');
  expect(card).toContain('--recipe configs/recipes/gesture.yaml` (seed 7)');
  expect(card).toContain(recipe.card.data);
  expect(card).toContain(recipe.card.limits);
  expect(card).not.toContain('Grouped');
  expect(card).not.toMatch(/undefined|NaN|null/);
});

it('explains no comparison where there is one variant', () => {
  const card = modelCard({ ...input, table: { ...input.table, variants: input.table.variants.slice(0, 1) } });
  const lines = card.split('\n');
  expect(lines).toContain('| fp32 | 2222222 | 0.990 | 0.989 | 0.978 | 0.977 | 4.25 / 7.50 | 812 | 100 |');
  expect(card).not.toMatch(/as fp32|In brackets/);
  expect(modelCard(input)).toMatch(/In brackets .* "as fp32"/);
});

it('leaves out what does not apply, and adds the figure by session', () => {
  const { confusion, ci95 } = report;
  const card = modelCard({
    ...input,
    report: { ...report, shifts: null, shiftMean: null, perGroup: { a: { n: 90, accuracy: 0.9778 } } },
    crossValidation: {
      baselines: null,
      folds: 5,
      groups: 34,
      n: 329,
      accuracy: 0.8125,
      macroF1: 0.8012,
      ci95,
      confusion,
      mae: null,
      positionErrorM: null,
    },
  });
  expect(card).not.toContain('shift');
  expect(card).toContain('by bootstrap over sessions.');
  expect(card).toContain(
    'Grouped by session: accuracy 0.813 (0.944 to 1.000), macro-F1 0.801 (0.943 to 1.000).',
  );
  expect(card).toContain('329 distinct rows of 34 sessions');
});

it("names the file of a recipe of one's own", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  try {
    const example = join(REPOSITORY, 'examples', 'activity-csv');
    await cp(join(example, 'task.yaml'), join(folder, 'task.yaml'));
    await cp(join(example, 'recipe.yaml'), join(folder, 'mine.yaml'));
    const own = modelCard({ ...input, recipe: await loadRecipe(join(folder, 'mine.yaml')) });
    expect(own).toContain('--recipe mine.yaml` (seed 7)');
    const shown = modelCard({ ...input, recipe: await loadRecipe(join(example, 'recipe.yaml')) });
    expect(shown).toContain('--recipe examples/activity-csv/recipe.yaml` (seed 7)');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('tells how it goes live, where whole recordings were read', () => {
  const stream = {
    ...{ recordings: 6, leftOut: 0, seconds: 1200, coverage: 0.99, accuracy: 0.91, macroF1: 0.87 },
    ...{ accuracyNow: 0.85, unknown: 0.02, perGroup: null },
    confusion: { labels: [], answers: [], rows: [] },
    latencyS: { changes: 40, missed: 3, p50: 2.44, p95: 6 },
  };
  const card = modelCard({ ...input, report: { ...report, stream } });
  expect(card).toContain(
    'Live, second by second: accuracy 0.910, macro-F1 0.870 over 1200 seconds of 6 whole recordings',
  );
  expect(card).toContain('after 2.4 s in the median, 6.0 s in 95 % of cases; 3 of 40 changes');
  expect(modelCard(input)).not.toContain('Live');
});

it('says so where rows of one person lie on both sides of the split', () => {
  const warning = 'Rows of one person, session or place lie on both sides of the split';
  expect(modelCard(input)).not.toContain(warning);
  expect(modelCard({ ...input, recipe: { ...recipe, splitsShareGroups: true } })).toContain(warning);
});
