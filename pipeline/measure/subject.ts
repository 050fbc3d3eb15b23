import { type Bundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { modelFiles } from '../../model/model-files.ts';
import { isBase } from '../../model/open-model.ts';
import { scoringTask } from '../../model/runtime/label-scorer.ts';
import type { WorkerStart } from '../../model/runtime/messages.ts';
import type { SharedBase } from '../../model/shared-base.ts';
import type { PromptWriter } from '../../protocols/prompt.ts';
import { promptWriter } from '../../protocols/templates.ts';
import type { Row } from '../../protocols/window.ts';
import type { BrainOptions } from '../tiny-brain.ts';

/** A model to be measured, and windows for it to answer, in turn. Plain data: it is also sent to processes. */
export interface Subject {
  readonly model: WorkerStart;
  /** None for a model without a task, of which only its reading and writing can be measured. */
  readonly windows: readonly WindowTokens[];
}

/** The tokens of one window after the prefix as they come: a piece for each row, the last with the response mark. */
export type WindowTokens = readonly (readonly number[])[];

/** The model of a bundle, and its golden windows; or a base by itself. Throws `TinyError` when it has no such variant. */
export async function subjectOf(from: Bundle | SharedBase, options: BrainOptions = {}): Promise<Subject> {
  const model = {
    ...modelFiles(from, options.variant),
    shape: from.manifest.shape,
    threads: options.threads ?? 1,
    ...(options.device !== undefined && { device: options.device }),
  };
  if (isBase(from)) return { model, windows: [] };
  const writer = promptWriter(from.manifest.task, from.tokenizer);
  const golden = await readGolden(from);
  return {
    model: { ...model, task: scoringTask(writer) },
    windows: golden.map(({ rows }) => windowTokens(writer, rowsFromJson(rows))),
  };
}

export function windowTokens(writer: PromptWriter, rows: readonly Row[]): WindowTokens {
  const stream = writer.begin();
  const pieces = rows.map((row) => stream.push(row));
  return [...pieces.slice(0, -1), [...(pieces.at(-1) ?? []), ...stream.finish()]];
}
