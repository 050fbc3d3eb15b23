import { type Bundle, readGolden, rowsFromJson } from '../../model/bundle.ts';
import { modelFiles } from '../../model/model-files.ts';
import { scoringTask } from '../../model/runtime/label-scorer.ts';
import type { WorkerStart } from '../../model/runtime/messages.ts';
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

/** The model of a bundle, and its golden windows. Throws `TinyError` when it has no such variant. */
export async function subjectOf(bundle: Bundle, options: BrainOptions = {}): Promise<Subject> {
  const { task, shape } = bundle.manifest;
  const writer = promptWriter(task, bundle.tokenizer);
  const golden = await readGolden(bundle);
  return {
    model: {
      ...modelFiles(bundle, options.variant),
      shape,
      threads: options.threads ?? 1,
      task: scoringTask(writer),
      ...(options.device !== undefined && { device: options.device }),
    },
    windows: golden.map(({ rows }) => windowTokens(writer, rowsFromJson(rows))),
  };
}

export function windowTokens(writer: PromptWriter, rows: readonly Row[]): WindowTokens {
  const stream = writer.begin();
  const pieces = rows.map((row) => stream.push(row));
  return [...pieces.slice(0, -1), [...(pieces.at(-1) ?? []), ...stream.finish()]];
}
