import { type EpisodeSettings, episodeSettings } from '../pipeline/episodes/settings.ts';
import { labelsOf } from '../protocols/answers.ts';
import { configError } from '../protocols/errors.ts';
import { nearest } from '../protocols/nearest.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { EpisodesConfig } from './config/episodes.ts';

/** A task whose predictions become episodes, and how. */
export interface EpisodesOfTask {
  readonly task: TaskSpec;
  readonly settings: EpisodeSettings;
}

/**
 * How the predictions of an agent's tasks become episodes; those tasks for which none are wanted, or which have no labels,
 * are left out.
 *
 * @throws TinyError (exit 78) when the configuration names a label that no task has
 */
export function wantedEpisodes(config: EpisodesConfig, tasks: readonly TaskSpec[]): EpisodesOfTask[] {
  if (config === false) return [];
  const labelled = tasks.filter(({ answers }) => labelsOf(answers).length > 0);
  if (labelled.length > 0) refuseStrangers(config.idle, labelled);
  return labelled.map((task) => ({ task, settings: settingsFor(config, task) }));
}

function refuseStrangers(idle: readonly string[], tasks: readonly TaskSpec[]): void {
  const labels = tasks.flatMap(({ answers }) => labelsOf(answers));
  const stranger = idle.find((label) => !labels.includes(label));
  if (stranger === undefined) return;
  const meant = nearest(stranger, labels);
  throw configError(
    `episodes.idle: task ${tasks.map(({ name }) => name).join(', ')} has no label "${stranger}"`,
    meant === undefined ? `it has ${labels.join(', ')}` : `did you mean "${meant}"?`,
  );
}

function settingsFor(config: Exclude<EpisodesConfig, false>, task: TaskSpec): EpisodeSettings {
  const { idle, leastS, pauseS, dwellS, updateS, seriesS } = config;
  const labels = labelsOf(task.answers);
  return episodeSettings(task, {
    idle: idle.filter((label) => labels.includes(label)),
    ...(leastS !== undefined && { leastMs: leastS * 1000 }),
    ...(pauseS !== undefined && { pauseMs: pauseS * 1000 }),
    ...(dwellS !== undefined && { dwellMs: dwellS * 1000 }),
    ...(updateS !== undefined && { updateMs: updateS * 1000 }),
    ...(seriesS !== undefined && { seriesMs: seriesS * 1000 }),
  });
}
