import {
  EMPTY,
  exhaustMap,
  fromEvent,
  ignoreElements,
  interval,
  merge,
  NEVER,
  type Observable,
  share,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { SensorReading } from '../../protocols/reading.ts';
import { type Recording, writeRecordings } from '../../protocols/recording.ts';
import type { Wish } from './keyboard.ts';
import type { Recorder } from './recorder.ts';

export interface SessionOptions {
  readonly readings$: Observable<SensorReading>;
  readonly recorder: Recorder;
  /** Where the recordings go: always whole ones. */
  readonly path: string;
  /** What a person asks for; nobody when absent. */
  readonly wishes$?: Observable<Wish> | undefined;
  /** Ends this long after the first reading; on a wish alone when absent. */
  readonly forMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Called a few times a second. */
  readonly draw?: () => void;
}

/** What a power cut costs at most. */
const SAVE_EVERY_MS = 30_000;
const DRAW_EVERY_MS = 250;

/**
 * Record until the time is over, somebody wants to end, or the signal comes.
 *
 * @returns what stands in the file; nothing, and no file, when no reading came
 */
export async function recordSession(options: SessionOptions): Promise<readonly Recording[]> {
  const { recorder, path, wishes$ = NEVER, forMs, signal, draw = () => {} } = options;
  const readings$ = options.readings$.pipe(
    tap((reading) => recorder.add(reading)),
    share(),
  );
  const isOver$ =
    forMs === undefined
      ? NEVER
      : readings$.pipe(
          take(1),
          switchMap(() => timer(forMs)),
        );
  const wanted$ = wishes$.pipe(
    switchMap((wish) => {
      if (wish.kind === 'end') return [wish];
      recorder.setLabel(wish.label);
      draw();
      return EMPTY;
    }),
  );
  const work$ = merge(
    readings$,
    interval(DRAW_EVERY_MS).pipe(tap(draw)),
    interval(SAVE_EVERY_MS).pipe(exhaustMap(() => save(path, recorder))),
  ).pipe(ignoreElements());
  await merge(work$, isOver$, wanted$)
    .pipe(take(1), takeUntil(fromEvent(signal, 'abort')))
    .forEach(() => {});
  return save(path, recorder);
}

async function save(path: string, recorder: Recorder): Promise<readonly Recording[]> {
  const recordings = recorder.recordings();
  if (recordings.length > 0) await writeRecordings(path, recordings);
  return recordings;
}
