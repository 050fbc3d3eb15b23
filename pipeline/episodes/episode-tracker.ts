import { labelsOf } from '../../protocols/answers.ts';
import { type EpisodeEvent, episodeId } from '../../protocols/episode.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { type TaskSpec, windowUs } from '../../protocols/task.ts';
import { LabelFilter, type State, UNKNOWN } from './label-filter.ts';
import { Series } from './series.ts';
import { type EpisodeSettings, gapMs } from './settings.ts';
import { SteadyState, type Stretch } from './steady-state.ts';

/** An event before it is told: when, and by whom, is for others to say. */
export type EpisodeChange = Pick<EpisodeEvent, 'id' | 'type' | 'label' | 'p' | 'start' | 'end' | 'count'>;

type Episode = Pick<EpisodeEvent, 'id' | 'label' | 'start' | 'count'>;

/** An episode that goes on. */
interface OpenEpisode {
  readonly episode: Episode;
  readonly stretch: Stretch;
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
  #steady: SteadyState | undefined;
  #lastEndMs: number | undefined;
  #open: OpenEpisode | undefined;

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
    if (this.#open && this.#lastEndMs !== undefined) yield this.#close(this.#open, this.#lastEndMs);
    this.#filter = undefined;
    this.#steady = undefined;
  }

  /** What a trigger caught is over when it is answered. */
  *#whole({ label, p, window: { start, end } }: Prediction): Generator<EpisodeChange> {
    if (label === null || this.#settings.idle.includes(label)) return;
    const episode = this.#begin(label, start);
    yield { ...episode, type: 'start', p, end };
    yield { ...episode, type: 'end', p, end };
    this.#series.ended(label, end);
  }

  *#observe(
    { window: { start, end }, label, probs, unknown }: Prediction,
    stepMs: number | undefined,
  ): Generator<EpisodeChange> {
    const { hopMs = 0 } = this.#task.window;
    const windowMs = windowUs(this.#task) / 1000;
    const labels = labelsOf(this.#task.answers);
    this.#filter ??= new LabelFilter({ labels, dwellMs: this.#settings.dwellMs, windowMs });
    this.#steady ??= new SteadyState((state) => this.#leastMsOf(state), hopMs);
    const { state, p } = this.#filter.observe({ probs, unknown }, stepMs);
    // An answer is about the whole window: where it changes, so did the board in the middle.
    const atMs = stepMs === undefined ? start : (start + end) / 2;
    const changed = this.#steady.look({ state, p, said: label ?? UNKNOWN, atMs });
    if (changed) yield* this.#follow(this.#steady.standing!, end);
    else if (this.#open && end - this.#open.toldMs >= this.#settings.updateMs) {
      yield told(this.#open, 'update', end);
      this.#open.toldMs = end;
    }
  }

  /** Another state holds since `startMs`, as is known with the window that ends at `endMs`. */
  *#follow(stretch: Stretch, endMs: number): Generator<EpisodeChange> {
    const { state, startMs } = stretch;
    if (this.#open) yield this.#close(this.#open, startMs);
    if (!this.#isEpisode(state)) return;
    this.#open = { episode: this.#begin(state, startMs), stretch, toldMs: endMs };
    yield told(this.#open, 'start', endMs);
  }

  #isEpisode(state: State): state is string {
    return typeof state === 'string' && !this.#settings.idle.includes(state);
  }

  #leastMsOf(state: State): number {
    return this.#isEpisode(state) ? this.#settings.leastMs : this.#settings.pauseMs;
  }

  #begin(label: string, start: number): Episode {
    const id = episodeId(this.#board, this.#task.name, { label, start });
    return { id, label, start, count: this.#series.began(label, start) };
  }

  #close(open: OpenEpisode, endMs: number): EpisodeChange {
    this.#series.ended(open.episode.label, endMs);
    this.#open = undefined;
    return told(open, 'end', endMs);
  }
}

const told = (
  { episode, stretch: { p } }: OpenEpisode,
  type: EpisodeChange['type'],
  end: number,
): EpisodeChange => ({ ...episode, type, p, end });
