import { labelsOf } from '../../protocols/answers.ts';
import { type EpisodeEvent, episodeId } from '../../protocols/episode.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { type TaskSpec, windowUs } from '../../protocols/task.ts';
import { LabelFilter, type State } from './label-filter.ts';
import { Series } from './series.ts';
import { type EpisodeSettings, gapMs } from './settings.ts';

/** An event before it is told: when, and by whom, is for others to say. */
export type EpisodeChange = Pick<EpisodeEvent, 'id' | 'type' | 'label' | 'p' | 'start' | 'end' | 'count'>;

/** A state that the windows have been in, one after the other. */
interface Stretch {
  readonly state: State;
  readonly startMs: number;
  sumP: number;
  windows: number;
}

/** An episode that goes on. */
interface Episode {
  readonly id: string;
  readonly label: string;
  readonly start: number;
  readonly count: number;
  /** Up to when it was told of. */
  toldMs: number;
}

/**
 * The episodes of one board, from its predictions in the order of their windows' ends. Windows which follow each other
 * are smoothed; one that a trigger opened is an episode by itself. A function of the predictions alone.
 */
export class EpisodeTracker {
  readonly #board: string;
  readonly #task: TaskSpec;
  readonly #settings: EpisodeSettings;
  readonly #gapMs: number;
  readonly #series: Series;
  #filter: LabelFilter | undefined;
  #lastEndMs: number | undefined;
  /** The state that holds .. */
  #standing: Stretch | undefined;
  /** .. and the one that may take its place, when it lasts. */
  #coming: Stretch | undefined;
  #episode: Episode | undefined;

  constructor(board: string, task: TaskSpec, settings: EpisodeSettings) {
    this.#board = board;
    this.#task = task;
    this.#settings = settings;
    this.#gapMs = gapMs(task);
    this.#series = new Series(settings.seriesMs);
  }

  *add(prediction: Prediction): Generator<EpisodeChange> {
    const { end } = prediction.window;
    const stepMs = this.#lastEndMs === undefined ? undefined : end - this.#lastEndMs;
    // It comes late, or again: what was told stands.
    if (stepMs !== undefined && stepMs <= 0 && stepMs >= -this.#gapMs) return;
    if (this.#task.window.trigger) {
      this.#lastEndMs = end;
      yield* this.#whole(prediction);
      return;
    }
    // Further back than that, the board's clock began anew.
    const follows = stepMs !== undefined && stepMs > 0 && stepMs <= this.#gapMs;
    if (!follows) yield* this.end();
    this.#lastEndMs = end;
    yield* this.#observe(prediction, follows ? stepMs : undefined);
  }

  /** No window follows the last one. */
  *end(): Generator<EpisodeChange> {
    if (this.#episode && this.#lastEndMs !== undefined) yield this.#close(this.#lastEndMs);
    this.#filter = undefined;
    this.#standing = undefined;
    this.#coming = undefined;
  }

  /** What a trigger caught is over when it is answered. */
  *#whole({ label, p, window: { start, end } }: Prediction): Generator<EpisodeChange> {
    if (label === null || this.#settings.idle.includes(label)) return;
    const episode = this.#begin(label, start);
    yield { ...episode, type: 'start', p, end };
    yield { ...episode, type: 'end', p, end };
    this.#series.ended(label, end);
  }

  *#observe({ window, probs, unknown }: Prediction, stepMs: number | undefined): Generator<EpisodeChange> {
    const { dwellMs, leastMs, pauseMs, updateMs } = this.#settings;
    const windowMs = windowUs(this.#task) / 1000;
    this.#filter ??= new LabelFilter({ labels: labelsOf(this.#task.answers), dwellMs, windowMs });
    const { state, p } = this.#filter.observe({ probs, unknown }, stepMs);
    // An answer is about the whole window: where it changes, so did the board in the middle.
    const middleMs = stepMs === undefined ? window.start : (window.start + window.end) / 2;

    if (state === this.#standing?.state) {
      this.#coming = undefined;
      this.#standing.sumP += p;
      this.#standing.windows++;
    } else if (state === this.#coming?.state) {
      this.#coming.sumP += p;
      this.#coming.windows++;
    } else {
      this.#coming = { state, startMs: middleMs, sumP: p, windows: 1 };
    }
    const isLabel = typeof state === 'string' && !this.#settings.idle.includes(state);
    if (this.#coming && middleMs - this.#coming.startMs >= (isLabel ? leastMs : pauseMs)) {
      if (this.#episode) yield this.#close(this.#coming.startMs);
      this.#standing = this.#coming;
      this.#coming = undefined;
      const { startMs } = this.#standing;
      if (isLabel) {
        const episode = this.#begin(state, startMs);
        this.#episode = { ...episode, toldMs: window.end };
        yield { ...episode, type: 'start', p: this.#meanP(), end: window.end };
      }
    } else if (this.#episode && window.end - this.#episode.toldMs >= updateMs) {
      this.#episode.toldMs = window.end;
      yield this.#tell('update', window.end);
    }
  }

  #begin(label: string, start: number): Omit<Episode, 'toldMs'> {
    const id = episodeId(this.#board, this.#task.name, { label, start });
    return { id, label, start, count: this.#series.began(label, start) };
  }

  #close(endMs: number): EpisodeChange {
    const told = this.#tell('end', endMs);
    this.#series.ended(told.label, endMs);
    this.#episode = undefined;
    return told;
  }

  #tell(type: EpisodeChange['type'], end: number): EpisodeChange {
    const { toldMs: _, ...episode } = this.#episode!;
    return { ...episode, type, p: this.#meanP(), end };
  }

  #meanP(): number {
    const { sumP, windows } = this.#standing!;
    return sumP / windows;
  }
}
