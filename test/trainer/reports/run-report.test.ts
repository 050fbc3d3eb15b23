import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runReport } from '../../../trainer/reports/run-report.ts';
import { REPOSITORY } from '../../tools.ts';
import { exampleRun } from './example-run.ts';

const sectionsOf = (page: string): string[] =>
  [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id!);

it('shows all that a run tells, and nothing from elsewhere', () => {
  const page = runReport(exampleRun()).replaceAll('\u00a0', ' ');
  expect(sectionsOf(page)).toEqual([
    ...[
      'lineage',
      'loss',
      'validation-f1',
      'learning-rate',
      'shifts',
      'calibration',
      'confusion',
      'unseen-sessions',
    ],
    ...['groups', 'baselines', 'variants', 'samples'],
  ]);
  expect(page).not.toMatch(/undefined|NaN|\[object|Infinity/);
  expect(page).not.toMatch(/<script|<link [^>]*href="(?!data:)|https?:|@import|url\(/);
  const figures = [
    '66.7 %',
    '40.0 to 90.0 %',
    'step 750',
    '3.6 min',
    '4,896',
    'anna &amp; co',
    '+6.7 (-2.0 to +15.0)',
  ];
  expect(figures.filter((figure) => !page.includes(figure))).toEqual([]);
});

it('leaves out what the run has nothing to say about', () => {
  const { crossValidation: _, trainingTime: __, ...run } = exampleRun();
  const { table, report } = run;
  const page = runReport({
    ...run,
    report: { ...report, perGroup: null, shifts: null, shiftMean: null, baselines: null },
    table: { ...table, variants: table.variants.slice(0, 1) },
    history: { steps: [], validations: [] },
    samples: [],
  });
  expect(sectionsOf(page)).toEqual(['lineage', 'calibration', 'confusion']);
  expect(page).not.toMatch(/undefined|NaN|\[object|Infinity|window shifts/);
});

it('shows hostile names as text', () => {
  const hostile = `<script>alert('x')</script>`;
  const page = runReport(exampleRun([hostile, '"><img src=x onerror=y>', 'Hold']));
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
});

it('gives every drawing words', () => {
  const drawings = [...runReport(exampleRun()).matchAll(/<svg[^>]*>/g)].map(([tag]) => tag);
  expect(drawings.length).toBeGreaterThan(8);
  for (const tag of drawings) expect(tag).toMatch(/role="img" aria-label="[^"]{20,}"/);
});

it('has the colours of the dashboard', async () => {
  const colours = async (path: string) =>
    [...(await readFile(join(REPOSITORY, path), 'utf8')).matchAll(/(--[\w-]+): (#\w+);/g)].map(
      ([, ...pair]) => pair,
    );
  expect(await colours('trainer/reports/style/theme.css')).toEqual(
    await colours('agent/dashboard/page/theme.css'),
  );
});
