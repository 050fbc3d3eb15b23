import { Observable, type OperatorFunction } from 'rxjs';
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
}

/**
 * Opens, feeds and scores the windows of all boards, one score at a time and the boards in turn.
 * A window whose score fails is counted and passed by; the stream goes on.
 */
export const think =
  (brain: Brain, load: LoadPolicy, meter: Meter): OperatorFunction<BoardEvent, AnsweredWindow> =>
  (events$) =>
    new Observable((subscriber) => {
      const thoughts = new Map<string, Thought>();
      const waiting =
        load.kind === 'newest' ? new NewestOfEachBoard(load.maxWaitMs, meter) : new EveryInTurn();
      let scoring = false;
      let sourceEnded = false;
      let stopped = false;

      const scoreNext = async (): Promise<void> => {
        if (scoring) return;
        scoring = true;
        for (let next = waiting.take(); next && !stopped; next = waiting.take()) {
          const { board, window, thought } = next;
          try {
            const answer = await thought.score();
            if (!stopped) subscriber.next({ board, window, answer, by: thought.by ?? brain });
          } catch (error) {
            meter.failed++;
            meter.lastFailure = error instanceof Error ? error.message : String(error);
          } finally {
            if (load.kind === 'every') load.left();
          }
        }
        scoring = false;
        if (sourceEnded) subscriber.complete();
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
              thoughts.get(key)?.discard();
              thoughts.delete(key);
              break;
            case 'closed': {
              const thought = thoughts.get(key)!;
              thoughts.delete(key);
              meter.closed++;
              if (load.kind === 'every') load.entered();
              waiting.put({ board, window: event, thought });
              void scoreNext();
            }
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          sourceEnded = true;
          if (!scoring) subscriber.complete();
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
