import type { BundleManifest } from '../../model/bundle.ts';
import type { GptShape } from '../../model/shape.ts';
import type { FittedTask } from '../../protocols/task.ts';
import type { Answered } from '../answered.ts';
import type { EvaluationReport } from '../evaluation.ts';
import type { Scored } from '../metrics.ts';
import type { LoadedRecipe } from '../recipe.ts';
import type { CrossValidation } from '../stages/cross-validate.ts';
import type { TrainingTime } from '../stages/finetune.ts';
import type { StreamStrip } from '../streams/strips.ts';
import type { VariantTable } from '../variants/variant-table.ts';
import type { Html } from './html.ts';
import type { SampleWindow } from './sample-windows.ts';
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
  /** The answers behind `report` .. */
  readonly answered: readonly Answered[];
  /** .. and of these the labels. */
  readonly scored: readonly Scored[];
  readonly table: VariantTable;
  readonly crossValidation?: CrossValidation;
  /** Recordings of the test split to look at, where the set has any. */
  readonly strips?: readonly StreamStrip[];
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
