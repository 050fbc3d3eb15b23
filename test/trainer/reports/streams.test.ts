import { expect, it } from 'vitest';
import { runReport } from '../../../trainer/reports/run-report.ts';
import type { RunReport } from '../../../trainer/reports/section.ts';
import { streamFigures } from '../../../trainer/streams/figures.ts';
import type { Second } from '../../../trainer/streams/seconds.ts';
import { chooseStrips } from '../../../trainer/streams/strips.ts';
import { exampleRun } from './example-run.ts';

const LABELS = ['Tap', 'Double', 'Hold'];

/** A run with one recording: the truth of each second, and what was answered. */
function runWith(...seconds: [truth: string, answer: string][]): RunReport {
  const run = exampleRun(LABELS);
  const scored = {
    recording: { id: 'swim <1>', group: 'anna & co' },
    seconds: seconds.map(([truth, answer], i): Second => {
      return { startUs: i * 1e6, endUs: (i + 1) * 1e6, truth, now: truth, answer };
    }),
    changes: [{ label: 'Hold', latencyS: 1.5 }],
  };
  const stream = { recordings: 1, leftOut: 0, ...streamFigures(LABELS, true, [scored]) };
  return { ...run, report: { ...run.report, stream }, strips: chooseStrips([scored]) };
}

const section = (run: RunReport): string =>
  /<section id="streams"[\s\S]*?<\/section>/.exec(runReport(run))?.[0] ?? '';

it('draws the truth above, the answers below and where these are wrong', () => {
  const page = section(runWith(['Tap', 'Tap'], ['Tap', 'idle'], ['idle', 'idle'], ['Hold', 'Hold']));
  expect(page.match(/<title>[^<]*<\/title>/g)).toEqual(
    [
      'Tap, 0 to 2 s',
      'idle, 2 to 3 s',
      'Hold, 3 to 4 s',
      'Tap, 0 to 1 s',
      'idle, 1 to 3 s',
      'Hold, 3 to 4 s',
    ].map((title) => `<title>${title}</title>`),
  );
  expect(page.match(/<rect class="block ink-bad" x="250" [^>]*width="250.0"/g)).toHaveLength(1);
  expect(page).toContain('swim &lt;1&gt; <small>anna &amp; co</small>');
  expect(page).toContain('In truth Tap from 0 s, idle from 2 s, Hold from 3 s.');
  expect(page).toContain('1.5 s (median)');
  expect(page).toContain('75.0\u00a0%');
});

it('is left out where no recording was scored', () => {
  expect(section(exampleRun(LABELS))).toBe('');
});
