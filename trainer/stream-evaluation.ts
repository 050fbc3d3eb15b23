import { from } from 'rxjs';
import type { Brain } from '../pipeline/brain.ts';
import { type EveryWindow, every } from '../pipeline/load.ts';
import { Meter } from '../pipeline/meter.ts';
import { predictions } from '../pipeline/predictions.ts';
import { labelsOf } from '../protocols/answers.ts';
import { TinyError } from '../protocols/errors.ts';
import type { Prediction } from '../protocols/prediction.ts';
import type { SensorReading } from '../protocols/reading.ts';
import { type Recording, readingsOf } from '../protocols/recording.ts';
import type { TaskSpec } from '../protocols/task.ts';
import {
  type ComparedEpisodes,
  compareEpisodes,
  type EpisodeFigures,
  episodeFigures,
} from './streams/episodes.ts';
import { type StreamFigures, streamFigures } from './streams/figures.ts';
import type { StreamRecordings } from './streams/recordings.ts';
import { type Change, changesOf, type Second, secondsOf } from './streams/seconds.ts';

/** Whole recordings through the pipeline that ships, scored second by second (streams/seconds.ts). */
export interface StreamReport extends StreamFigures {
  readonly recordings: number;
  /** Recordings of which only a part belongs to the split. */
  readonly leftOut: number;
  /** Absent in reports of earlier versions. */
  readonly episodes?: EpisodeFigures;
}

/** One recording, scored. */
export interface ScoredStream {
  readonly recording: Recording;
  readonly seconds: readonly Second[];
  readonly changes: readonly Change[];
  readonly episodes: ComparedEpisodes;
}

export interface ScoredStreams {
  readonly report: StreamReport;
  readonly streams: readonly ScoredStream[];
}

export interface StreamOptions {
  /** At the beginning and after each recording, in seconds of recordings. */
  readonly onProgress?: (doneS: number, totalS: number) => void;
  readonly signal?: AbortSignal;
  /** Labels for nothing in particular, which are no episodes. */
  readonly idle?: readonly string[] | undefined;
}

/** Throws `TinyError` when a recording lacks a channel of the task, or the model fails. */
export async function evaluateStreams(
  brain: Brain,
  { recordings, leftOut }: StreamRecordings,
  { onProgress, signal, idle }: StreamOptions = {},
): Promise<ScoredStreams> {
  const { spec } = brain.task;
  for (const recording of recordings) mustHaveChannels(recording, spec);
  const totalS = recordings.reduce((sum, recording) => sum + durationS(recording), 0);
  const streams: ScoredStream[] = [];
  let doneS = 0;
  onProgress?.(doneS, totalS);
  for (const recording of recordings) {
    const answers = await replay(brain, recording, signal);
    streams.push({
      recording,
      seconds: secondsOf(spec, recording, answers),
      changes: changesOf(recording, answers),
      episodes: compareEpisodes(spec, recording, answers, idle),
    });
    doneS += durationS(recording);
    onProgress?.(doneS, totalS);
  }
  const figures = streamFigures(labelsOf(spec.answers), spec.window.trigger !== undefined, streams);
  const episodes = episodeFigures(streams.map((stream) => stream.episodes));
  return { report: { recordings: recordings.length, leftOut, ...figures, episodes }, streams };
}

/** All answers to one recording, in the order of their windows' ends, none dropped; times stay as recorded. */
async function replay(brain: Brain, recording: Recording, signal?: AbortSignal): Promise<Prediction[]> {
  const load = every();
  const meter = new Meter();
  const answers: Prediction[] = [];
  await from(unhurried(recording, load, signal))
    .pipe(predictions(brain, load, meter, { agent: 'evaluate' }))
    .forEach(({ prediction }) => void answers.push(prediction));
  if (meter.failed > 0) {
    throw new TinyError(
      `the model failed on ${meter.failed} windows of ${recording.id}: ${meter.lastFailure}`,
      'check the bundle: npx tinyllm verify --bundle DIR',
    );
  }
  return answers;
}

/** Readings, as fast as the model takes them. */
async function* unhurried(
  recording: Recording,
  load: EveryWindow,
  signal?: AbortSignal,
): AsyncGenerator<SensorReading> {
  for (const reading of readingsOf(recording)) {
    signal?.throwIfAborted();
    await load.ready();
    yield reading;
  }
}

const durationS = ({ timesUs, rateHz }: Recording): number =>
  ((timesUs.at(-1) ?? 0) - (timesUs[0] ?? 0)) / 1e6 + 1 / rateHz;

function mustHaveChannels({ id, channels }: Recording, { name, input }: TaskSpec): void {
  const missing = input.channels.map(({ channel }) => channel).filter((name) => !channels.includes(name));
  if (missing.length === 0) return;
  throw new TinyError(
    `recording ${id} has no ${missing.join(', ')}, which task ${name} reads`,
    `it has ${channels.join(', ')}: choose the recordings that the bundle was made for`,
  );
}
