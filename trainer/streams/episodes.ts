import { EpisodeTracker } from '../../pipeline/episodes/episode-tracker.ts';
import { type EpisodeSettings, episodeSettings, eventLabels } from '../../pipeline/episodes/settings.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import type { Recording } from '../../protocols/recording.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import { type Stretch, touches } from '../../protocols/truth-timeline.ts';

/** How well what was told as episodes agrees with what happened, as an automation or a lap counter sees it. */
export interface EpisodeFigures extends EpisodeCounts {
  readonly perLabel: Readonly<Record<string, EpisodeCounts>>;
}

export interface EpisodeCounts {
  /** Episodes of the recordings. */
  readonly truth: number;
  /** Episodes told. */
  readonly told: number;
  /** Pairs of both: each has a part in one at most. */
  readonly right: number;
}

/** What happened and what was told of it. */
export interface ComparedEpisodes {
  readonly truth: readonly Episode[];
  readonly told: readonly Episode[];
  readonly right: readonly Episode[];
}

export interface Episode extends Stretch {
  readonly label: string;
}

/** Episodes of the same label agree when what they share is at least half of what they cover together. */
const LEAST_SHARED = 0.5;

/**
 * The episodes that the agent would tell of a recording, beside the labels of the recording.
 *
 * @param predictions in the order of their windows' ends
 * @param idle labels that are no episodes
 */
export function compareEpisodes(
  task: TaskSpec,
  { labels }: Pick<Recording, 'labels'>,
  predictions: readonly Prediction[],
  idle: readonly string[] = [],
): ComparedEpisodes {
  const settings = episodeSettings(task, { idle });
  const known = eventLabels(task, settings);
  const truth = joined(labels).filter(({ label }) => known.includes(label));
  const told = toldOf(task, settings, predictions);
  const agrees = task.window.trigger ? touches : sharesMost;
  const left = new Set(truth);
  const right = told.filter((episode) => {
    const match = [...left].find((one) => one.label === episode.label && agrees(one, episode));
    return match !== undefined && left.delete(match);
  });
  return { truth, told, right };
}

/** Adds up recordings. */
export function episodeFigures(compared: readonly ComparedEpisodes[]): EpisodeFigures {
  const countsOf = (counts: (episode: Episode) => boolean): EpisodeCounts => {
    const count = (of: keyof EpisodeCounts): number =>
      compared.reduce((sum, episodes) => sum + episodes[of].filter(counts).length, 0);
    return { truth: count('truth'), told: count('told'), right: count('right') };
  };
  const labels = new Set(
    compared.flatMap(({ truth, told }) => [...truth, ...told].map(({ label }) => label)),
  );
  const perLabel = [...labels]
    .sort()
    .map((label) => [label, countsOf((one) => one.label === label)] as const);
  return { ...countsOf(() => true), perLabel: Object.fromEntries(perLabel) };
}

function toldOf(task: TaskSpec, settings: EpisodeSettings, predictions: readonly Prediction[]): Episode[] {
  const tracker = new EpisodeTracker('recording', task, settings);
  return [...predictions.flatMap((prediction) => [...tracker.add(prediction)]), ...tracker.end()]
    .filter(({ type }) => type === 'end')
    .map(({ label, start, end }) => ({ label, startUs: start * 1000, endUs: end * 1000 }));
}

/** Spans of one label that touch are one episode. */
function joined(spans: Recording['labels']): Episode[] {
  const episodes: Episode[] = [];
  for (const { label, startUs, endUs } of spans) {
    const last = episodes.at(-1);
    if (last && last.label === label && startUs <= last.endUs)
      episodes[episodes.length - 1] = { ...last, endUs };
    else episodes.push({ label, startUs, endUs });
  }
  return episodes;
}

/** Intersection over union. */
function sharesMost(a: Stretch, b: Stretch): boolean {
  const shared = Math.min(a.endUs, b.endUs) - Math.max(a.startUs, b.startUs);
  const together = Math.max(a.endUs, b.endUs) - Math.min(a.startUs, b.startUs);
  return shared >= LEAST_SHARED * together;
}
