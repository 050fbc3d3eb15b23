import { readFileSync } from 'node:fs';
import { Html, html } from './html.ts';
import type { RunReport, SectionWriter } from './section.ts';
import { baselines } from './sections/baselines.ts';
import { calibration } from './sections/calibration.ts';
import { confusion } from './sections/confusion.ts';
import { groups } from './sections/groups.ts';
import { headline } from './sections/headline.ts';
import { loss, rateOfLearning, validationF1 } from './sections/learning.ts';
import { lineage } from './sections/lineage.ts';
import { numbers } from './sections/numbers.ts';
import { samples } from './sections/samples.ts';
import { shifts } from './sections/shifts.ts';
import { streams } from './sections/streams.ts';
import { unseenSessions } from './sections/unseen-sessions.ts';
import { variants } from './sections/variants.ts';

const SECTIONS: readonly SectionWriter[] = [
  lineage,
  loss,
  validationF1,
  rateOfLearning,
  shifts,
  calibration,
  confusion,
  numbers,
  streams,
  unseenSessions,
  groups,
  baselines,
  variants,
  samples,
];

const STYLE = ['theme', 'page', 'charts', 'tables', 'heat-map', 'samples', 'media']
  .map((part) => readFileSync(new URL(`style/${part}.css`, import.meta.url), 'utf8'))
  .join('\n');

/** One page, whole: no scripts, nothing from elsewhere; it can be opened, sent and printed as a file. */
export function runReport(run: RunReport): string {
  const { recipe } = run;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${recipe.name}: training report</title>
<link rel="icon" href="data:,">
<style>${Html.trusted(STYLE)}</style>
</head>
<body>
${headline(run)}
<main>
${SECTIONS.map((write) => write(run)).map(
  (section) =>
    section &&
    html`<section id="${section.id}" class="card${section.isWide ? ' wide' : ''}" aria-labelledby="${section.id}-title">
<h2 id="${section.id}-title">${section.title}</h2>
${section.body}
</section>
`,
)}
</main>
<footer>
<p>${recipe.card.data}</p>
<p><strong>Limits.</strong> ${recipe.card.limits}</p>
<p>Every figure here was measured by the run that wrote it. This page may show test rows of the data set: it is made to be looked
at beside the data, and is not part of the bundle.</p>
</footer>
</body>
</html>
`;
  return page.toString();
}
