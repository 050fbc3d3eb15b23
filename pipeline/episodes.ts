import { mergeMap, Observable, type OperatorFunction } from 'rxjs';
import type { EpisodeEvent } from '../protocols/episode.ts';
import type { TaskSpec } from '../protocols/task.ts';
import { byBoard } from './boards.ts';
import { type EpisodeChange, EpisodeTracker } from './episodes/episode-tracker.ts';
import { type EpisodeSettings, gapMs } from './episodes/settings.ts';
import type { BoardPrediction } from './predictions.ts';
import { Silence } from './silence.ts';

/** An event and the board it is about. */
export interface BoardEpisodeEvent {
  readonly board: string;
  readonly event: EpisodeEvent;
}

export interface EpisodeOptions {
  readonly settings: EpisodeSettings;
  /** The clock, epoch milliseconds. */
  readonly nowMs?: () => number;
  /**
   * Live, a board may fall silent, and no further window ends what went on. After so long without one, beyond what its
   * windows leave open, it has ended. A replay has no such clock: leave it out there.
   */
  readonly silenceMs?: number | undefined;
  /** Boards of which nothing more is told here: what goes on has ended. */
  readonly released$?: Observable<string>;
}

/** predictions -> what begins, goes on and ends, board by board. When the predictions end, so does all that goes on. */
export const episodes =
  (task: TaskSpec, options: EpisodeOptions): OperatorFunction<BoardPrediction, BoardEpisodeEvent> =>
  (predictions$) =>
    predictions$.pipe(
      byBoard(options.released$),
      mergeMap((board$) => board$.pipe(ofBoard(board$.key, task, options))),
    );

function ofBoard(
  board: string,
  task: TaskSpec,
  { settings, nowMs = Date.now, silenceMs }: EpisodeOptions,
): OperatorFunction<BoardPrediction, BoardEpisodeEvent> {
  return (predictions$) =>
    new Observable((subscriber) => {
      const tracker = new EpisodeTracker(board, task, settings);
      let agent = '';
      const send = (changes: Iterable<EpisodeChange>): void => {
        for (const change of changes) {
          const { id, p, ...rest } = change;
          const event = { id, ts: nowMs(), ...rest, p: rounded(p), task: task.name, agent, replayed: false };
          subscriber.next({ board, event });
        }
      };
      const silence =
        silenceMs === undefined ? undefined : new Silence(gapMs(task) + silenceMs, () => send(tracker.end()));
      subscriber.add(() => silence?.stop());
      return predictions$.subscribe({
        next: ({ prediction }) => {
          agent = prediction.agent;
          send(tracker.add(prediction));
          silence?.heard();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          send(tracker.end());
          subscriber.complete();
        },
      });
    });
}

/** As many digits as predictions have. */
const rounded = (p: number): number => Number(p.toPrecision(6));
