import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, openBundle } from '../../model/bundle.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { labelAnswers } from '../answered.ts';
import { type Dataset, type LabelledRow, splitRows } from '../datasets/dataset.ts';
import { ENGINE_FILES } from '../engines/engine.ts';
import type { Scored } from '../metrics.ts';
import { PREPARED_FILES, type PreparedData } from '../prepared-data.ts';
import type { LoadedRecipe } from '../recipe.ts';
import { runReport } from '../reports/run-report.ts';
import { chooseSamples, type SampleWindow } from '../reports/sample-windows.ts';
import type { RunReport } from '../reports/section.ts';
import { parseTrainingLog } from '../reports/training-history.ts';
import { rowWindow } from '../row-windows.ts';
import type { Run } from '../stage.ts';
import { writeWhole } from '../write-whole.ts';
import type { CrossValidation } from './cross-validate.ts';
import type { Evaluated } from './evaluate.ts';
import type { Specialist } from './finetune.ts';

const PAGE = 'report.html';

/** What the stages of a run left. */
export interface Finished {
  readonly data: PreparedData;
  readonly specialist: Specialist;
  readonly evaluated: Evaluated;
  readonly crossValidation?: CrossValidation;
  /** The folder of the finished bundle. */
  readonly bundle: string;
}

/**
 * A finished run -> `report.html` beside its stages, for people to look at. Written anew each time: it takes no longer
 * than to see whether it is up to date.
 *
 * Test rows stand in it, also of data sets whose licence lets nobody pass rows on: it is a file of whoever ran the
 * training on data they have, as the prepared examples are, and nothing of it goes into a bundle.
 */
export async function report(
  recipe: LoadedRecipe,
  run: Run,
  finished: Finished,
  dataset: Dataset,
): Promise<string> {
  const { data, specialist, evaluated, crossValidation } = finished;
  const bundle = await openBundle(finished.bundle);
  const { task, shape, lineage } = bundle.manifest;
  const log = await readFile(join(specialist.folder, ENGINE_FILES.log), 'utf8').catch(() => '');
  const manifest = await readFile(join(data.folder, PREPARED_FILES.manifest), 'utf8');
  const rows = splitRows(dataset, 'test', recipe);
  const scored = labelAnswers(evaluated.answered);
  const page = runReport({
    recipe,
    task,
    shape,
    lineage,
    prepared: JSON.parse(manifest) as RunReport['prepared'],
    history: parseTrainingLog(log),
    chosenStep: specialist.validation.step,
    ...(specialist.time && { trainingTime: specialist.time }),
    report: evaluated.report,
    answered: evaluated.answered,
    scored,
    table: evaluated.table,
    ...(crossValidation && { crossValidation }),
    ...(evaluated.strips.length > 0 && { strips: evaluated.strips }),
    samples: chooseSamples(scored).map((i) => sampleWindow(bundle, rows[i]!, scored[i]!)),
  });
  const path = join(run.out, PAGE);
  await writeWhole(path, page);
  run.note(`report: ${path}`);
  return path;
}

function sampleWindow(
  { manifest: { task }, tokenizer }: Bundle,
  row: LabelledRow,
  scored: Scored,
): SampleWindow {
  const writer = promptWriter(task, tokenizer);
  const rows = rowWindow(task.spec, row, 0);
  const { timesUs, values, channels } = row.recording;
  return {
    ...scored,
    id: row.id,
    rows,
    measured: {
      timesS: Array.from(timesUs, (timeUs) => (timeUs - timesUs[0]!) / 1e6),
      channels: task.spec.input.channels.map(({ channel }) => {
        const c = channels.indexOf(channel);
        return Array.from(timesUs, (_, i) => (c < 0 ? Number.NaN : values[i * channels.length + c]!));
      }),
    },
    tokens: [...writer.prefix, ...promptTokens(writer, rows)].map((token) => tokenizer.decode([token])),
  };
}
