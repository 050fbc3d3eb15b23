import { labelsOf } from '../../protocols/answers.ts';
import { type TaskSpec, windowUs } from '../../protocols/task.ts';

/** How predictions become episodes. Times in milliseconds of the boards' own time. */
export interface EpisodeSettings {
  /** A label that stands for less is no episode, and does not interrupt one. */
  readonly leastMs: number;
  /** What is idle or unknown for less does not interrupt one. */
  readonly pauseMs: number;
  /** How long a label is expected to stand: the longer, the more evidence it takes to believe that it changed. */
  readonly dwellMs: number;
  /** Labels for "nothing in particular": they end an episode and begin none. */
  readonly idle: readonly string[];
  /** An episode that goes on is told of again after so long. */
  readonly updateMs: number;
  /** Episodes of one label that lie no further apart are counted on. */
  readonly seriesMs: number;
}

const UPDATE_MS = 30_000;
/** Longer than a turn at the wall or the pause between two gestures, shorter than a rest. */
const SERIES_MS = 60_000;

/** Settings that suit a task, where nothing else is wanted. */
export function episodeSettings(task: TaskSpec, wanted: Partial<EpisodeSettings> = {}): EpisodeSettings {
  const { hopMs = 0 } = task.window;
  const windowMs = windowUs(task) / 1000;
  return {
    leastMs: Math.max(windowMs, 2 * hopMs),
    pauseMs: 3 * hopMs,
    dwellMs: Math.max(windowMs, 3 * hopMs),
    idle: [],
    updateMs: UPDATE_MS,
    seriesMs: SERIES_MS,
    ...wanted,
  };
}

/** After so long without a window, nobody knows what the board did: what went on has ended. */
export const gapMs = (task: TaskSpec): number => windowUs(task) / 1000 + 3 * (task.window.hopMs ?? 0);

/** The labels of a task that make episodes. */
export const eventLabels = (task: TaskSpec, { idle }: EpisodeSettings): readonly string[] =>
  labelsOf(task.answers).filter((label) => !idle.includes(label));
