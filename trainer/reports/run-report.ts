import { readFileSync } from 'node:fs';
import type { BundleManifest } from '../../model/bundle.ts';
import type { GptShape } from '../../model/shape.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { EvaluationReport } from '../evaluation.ts';
import type { Scored } from '../metrics.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { CrossValidation } from '../stages/cross-validate.ts';
import type { TrainingTime } from '../stages/finetune.ts';
import type { VariantTable } from '../variants/variant-table.ts';
import { Html, html } from './html.ts';
import type { SampleWindow } from './sample-windows.ts';
import { calibration } from './sections/calibration.ts';
import { confusion } from './sections/confusion.ts';
import { groups } from './sections/groups.ts';
import { headline } from './sections/headline.ts';
import { loss, rateOfLearning, validationF1 } from './sections/learning.ts';
import { lineage } from './sections/lineage.ts';
import { samples } from './sections/samples.ts';
import { shifts } from './sections/shifts.ts';
import { unseenSessions } from './sections/unseen-sessions.ts';
import { variants } from './sections/variants.ts';
import type { TrainingHistory } from './training-history.ts';

/** All that one run tells about itself. */
export interface RunReport {
  readonly recipe: LoadedRecipe;
  readonly task: FittedTask;
  readonly shape: GptShape;
  readonly lineage: BundleManifest['lineage'];
  readonly prepared: {
    readonly rows: { readonly train: number; readonly validation: number };
    readonly examples: { readonly train: number; readonly validation: number };
    readonly tokensPerExample: number;
  };
  readonly history: TrainingHistory;
  /** Of the checkpoint that was kept. */
  readonly chosenStep: number;
  readonly trainingTime?: TrainingTime;
  readonly report: EvaluationReport;
  /** The answers behind `report`. */
  readonly scored: readonly Scored[];
  readonly table: VariantTable;
  readonly crossValidation?: CrossValidation;
  readonly samples: readonly SampleWindow[];
}

/** A part of the page. */
export interface Section {
  /** Names it in the page's address and in tests. */
  readonly id: string;
  readonly title: string;
  /** Takes the whole width of a desktop; others stand side by side in twos. */
  readonly isWide?: boolean;
  readonly body: Html;
}

/** Undefined: the run has nothing to say there. */
export type SectionWriter = (run: RunReport) => Section | undefined;

const SECTIONS: readonly SectionWriter[] = [
  lineage,
  loss,
  validationF1,
  rateOfLearning,
  shifts,
  calibration,
  confusion,
  unseenSessions,
  groups,
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
