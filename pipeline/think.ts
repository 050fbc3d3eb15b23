import { Observable, type OperatorFunction } from 'rxjs';
import { MissedDeadline, steadyMs } from '../model/runtime/deadline.ts';
import type { Answer } from '../protocols/answers.ts';
import type { WindowEvent } from '../protocols/window.ts';
import type { Brain, Thought } from './brain.ts';
import type { LoadPolicy } from './load.ts';
import type { Meter } from './meter.ts';
import type { BoardEvent } from './window-steps.ts';

/** A window that the model has answered. */
export interface AnsweredWindow {
  readonly board: string;
  readonly window: ClosedWindow;
  readonly answer: Answer;
  /** Who answered it. */
  readonly by: Brain;
}

/** The last event of a window that came to its end. */
export type ClosedWindow = Extract<WindowEvent, { type: 'closed' }>;

interface WaitingWindow {
  readonly board: string;
  readonly window: ClosedWindow;
  readonly thought: Thought;
  /** On the clock of `steadyMs`; infinity where an answer is never too late. */
  readonly deadlineMs: number;
}

/**
 * While one window is being answered the next one is there already: the model, which chooses between two runs what is most
 * urgent, would begin something else. Those given to it do not give way any more.
 */
const SCORES_AT_ONCE = 2;

/**
 * Opens, feeds and scores the windows of all boards, the boards in turn.
 * A window whose score fails, or comes too late, is counted and passed by; the stream goes on.
 */
export const think =
  (brain: Brain, load: LoadPolicy, meter: Meter): OperatorFunction<BoardEvent, AnsweredWindow> =>
  (events$) =>
    new Observable((subscriber) => {
      const thoughts = new Map<string, Thought>();
      const waiting =
        load.kind === 'newest' ? new NewestOfEachBoard(load.maxWaitMs, meter) : new EveryInTurn();
      let scoring = 0;
      let sourceEnded = false;
      let stopped = false;

      const score = async ({ board, window, thought, deadlineMs }: WaitingWindow): Promise<void> => {
        try {
          const answer = await (deadlineMs === Number.POSITIVE_INFINITY
            ? thought.score()
            : thought.score(deadlineMs));
          if (steadyMs() > deadlineMs) throw new MissedDeadline();
          if (!stopped) subscriber.next({ board, window, answer, by: thought.by ?? brain });
        } catch (error) {
          if (error instanceof MissedDeadline) meter.missed++;
          else {
            meter.failed++;
            meter.lastFailure = error instanceof Error ? error.message : String(error);
          }
        } finally {
          if (load.kind === 'every') load.left();
        }
      };

      const scoreNext = async (): Promise<void> => {
        if (scoring === SCORES_AT_ONCE) return;
        scoring++;
        for (let next = waiting.take(); next && !stopped; next = waiting.take()) await score(next);
        scoring--;
        if (sourceEnded && scoring === 0) subscriber.complete();
      };

      const subscription = events$.subscribe({
        next: ({ board, event }) => {
          const key = `${board}/${event.window}`;
          switch (event.type) {
            case 'opened':
              meter.opened++;
              thoughts.set(key, brain.open(board));
              break;
            case 'step':
              thoughts.get(key)?.push([event.row]);
              break;
            case 'abandoned':
              meter.abandoned++;
              thoughts.get(key)?.discard();
              thoughts.delete(key);
              break;
            case 'closed': {
              const thought = thoughts.get(key)!;
              thoughts.delete(key);
              meter.closed++;
              if (load.kind === 'every') load.entered();
              waiting.put({ board, window: event, thought, deadlineMs: deadlineOf(load) });
              void scoreNext();
            }
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          sourceEnded = true;
          if (scoring === 0) subscriber.complete();
        },
      });

      return () => {
        stopped = true;
        subscription.unsubscribe();
        for (const thought of thoughts.values()) thought.discard();
        for (let next = waiting.take(); next; next = waiting.take()) {
          next.thought.discard();
          if (load.kind === 'every') load.left();
        }
      };
    });

/** Of a window whose last row is known now. */
const deadlineOf = (load: LoadPolicy): number =>
  load.kind === 'newest' && load.deadlineMs !== undefined
    ? steadyMs() + load.deadlineMs
    : Number.POSITIVE_INFINITY;

/** First closed, first scored. */
class EveryInTurn {
  readonly #queue: WaitingWindow[] = [];

  put(window: WaitingWindow): void {
    this.#queue.push(window);
  }

  take(): WaitingWindow | undefined {
    return this.#queue.shift();
  }
}

/** More windows of one board than this are never kept waiting: each holds its part of the model's memory. */
const MAX_WAITING_OF_BOARD = 64;

/** The boards in turn, each with its windows oldest first; those that have waited too long give way to newer ones. */
class NewestOfEachBoard {
  readonly #queues = new Map<string, { readonly window: WaitingWindow; readonly sinceMs: number }[]>();
  readonly #maxWaitMs: number;
  readonly #meter: Meter;

  constructor(maxWaitMs: number, meter: Meter) {
    this.#maxWaitMs = maxWaitMs;
    this.#meter = meter;
  }

  put(window: WaitingWindow): void {
    const queue = this.#queues.get(window.board) ?? [];
    queue.push({ window, sinceMs: performance.now() });
    if (queue.length > MAX_WAITING_OF_BOARD) this.#drop(queue.shift()!.window);
    this.#queues.set(window.board, queue);
  }

  take(): WaitingWindow | undefined {
    const board = this.#queues.keys().next().value;
    if (board === undefined) return undefined;
    const queue = this.#queues.get(board)!;
    this.#queues.delete(board);
    const now = performance.now();
    while (queue.length > 1 && now - queue[0]!.sinceMs > this.#maxWaitMs) this.#drop(queue.shift()!.window);
    const first = queue.shift()!;
    // Behind the other boards.
    if (queue.length > 0) this.#queues.set(board, queue);
    return first.window;
  }

  #drop({ thought }: WaitingWindow): void {
    thought.discard();
    this.#meter.dropped++;
  }
}
