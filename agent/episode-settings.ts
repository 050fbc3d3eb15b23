import { type EpisodeSettings, episodeSettings } from '../pipeline/episodes/settings.ts';
import { labelsOf } from '../protocols/answers.ts';
import { configError } from '../protocols/errors.ts';
import { nearest } from '../protocols/nearest.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { EpisodesConfig } from './config/episodes.ts';

/**
 * How the predictions of a task become episodes.
 *
 * @returns undefined where none are wanted, or the task has no labels
 * @throws TinyError (exit 78) when the configuration names a label that the task does not have
 */
export function wantedEpisodes(config: EpisodesConfig, task: TaskSpec): EpisodeSettings | undefined {
  const labels = labelsOf(task.answers);
  if (config === false || labels.length === 0) return undefined;
  const { idle, leastS, pauseS, dwellS, updateS, seriesS } = config;
  const stranger = idle.find((label) => !labels.includes(label));
  if (stranger !== undefined) {
    const meant = nearest(stranger, labels);
    throw configError(
      `episodes.idle: task ${task.name} has no label "${stranger}"`,
      meant === undefined ? `it has ${labels.join(', ')}` : `did you mean "${meant}"?`,
    );
  }
  return episodeSettings(task, {
    idle,
    ...(leastS !== undefined && { leastMs: leastS * 1000 }),
    ...(pauseS !== undefined && { pauseMs: pauseS * 1000 }),
    ...(dwellS !== undefined && { dwellMs: dwellS * 1000 }),
    ...(updateS !== undefined && { updateMs: updateS * 1000 }),
    ...(seriesS !== undefined && { seriesMs: seriesS * 1000 }),
  });
}
