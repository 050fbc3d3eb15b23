import { Observable, Subject } from 'rxjs';
import type { BoardPrediction } from '../../pipeline/predictions.ts';
import type { Topics } from '../../protocols/topics.ts';
import type { MqttMessage } from '../mqtt/client.ts';
import type { Members } from './presence.ts';
import { ownerOf } from './rendezvous.ts';
import { Standby } from './standby.ts';

/** Names of boards that are remembered; whoever has the boards' password can make up names without end. */
const MAX_BOARDS = 10_000;

export interface OwnershipOptions {
  readonly agent: string;
  readonly topics: Topics;
  /** How far back a window may begin that is still open, in milliseconds. */
  readonly standbyMs: number;
  /**
   * How long before the take-over a window may have been complete that is answered all the same: windows which follow
   * each other do so in step with the first reading that an agent heard, so the last of one and the first of the other do
   * not join without overlap.
   */
  readonly overlapMs: number;
}

/** When a board was ours, epoch milliseconds; until `Infinity` while it is. */
interface Tenure {
  readonly fromMs: number;
  readonly toMs: number;
}

const NEVER_OURS: Tenure = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };

const lasts = ({ toMs }: Tenure): boolean => toMs === Number.POSITIVE_INFINITY;

/** Which boards of a site are this agent's, while agents come and go. */
export class Ownership {
  readonly #agent: string;
  readonly #topics: Topics;
  readonly #standby: Standby;
  readonly #overlapMs: number;
  readonly #maxBoards: number;
  readonly #released = new Subject<string>();
  #members: Members = new Set();
  /** The boards that were heard; the one heard last is last. */
  readonly #tenures = new Map<string, Tenure>();
  /** Messages of boards that belong to other agents. */
  notMine = 0;

  constructor({ agent, topics, standbyMs, overlapMs }: OwnershipOptions, maxBoards = MAX_BOARDS) {
    this.#agent = agent;
    this.#topics = topics;
    this.#standby = new Standby(standbyMs);
    this.#overlapMs = overlapMs;
    this.#maxBoards = maxBoards;
  }

  /** Boards that are ours no more: what was begun for them is to be dropped. */
  get released$(): Observable<string> {
    return this.#released;
  }

  /**
   * Of the readings of all boards, those of our own. A board that is taken over comes with what it sent just before.
   *
   * Everybody hears all boards: nothing but its first reading makes a board known, and who takes it over must know what
   * it sent. What is not ours costs a look at its topic.
   */
  readonly mine =
    (members$: Observable<Members>) =>
    (messages$: Observable<MqttMessage>): Observable<MqttMessage> =>
      new Observable((subscriber) => {
        const error = (cause: unknown) => subscriber.error(cause);
        const follow = (members: Members) => {
          for (const board of this.#follow(members)) {
            for (const message of this.#standby.take(board)) subscriber.next(message);
          }
        };
        const pass = (message: MqttMessage) => {
          if (this.#takes(message)) subscriber.next(message);
        };
        subscriber.add(members$.subscribe({ next: follow, error }));
        subscriber.add(messages$.subscribe({ next: pass, error, complete: () => subscriber.complete() }));
      });

  /** Whether a prediction is ours to tell: its window was complete while its board was ours. Else its owner tells it. */
  readonly isOurs = ({ board, prediction: { ts, latencyMs } }: BoardPrediction): boolean => {
    const completeMs = ts - latencyMs;
    const { fromMs, toMs } = this.#tenures.get(board) ?? NEVER_OURS;
    return fromMs - this.#overlapMs <= completeMs && completeMs <= toMs;
  };

  /** @returns the boards that became ours */
  #follow(members: Members): string[] {
    this.#members = members;
    const gained: string[] = [];
    for (const [board, tenure] of this.#tenures) {
      const isMine = this.#isMine(board);
      if (isMine === lasts(tenure)) continue;
      if (isMine) {
        this.#begin(board, Date.now());
        gained.push(board);
      } else {
        this.#tenures.set(board, { ...tenure, toMs: Date.now() });
        this.#released.next(board);
      }
    }
    return gained;
  }

  #takes(message: MqttMessage): boolean {
    const board = this.#topics.boardOfReadings(message.topic);
    // What names no board is for everybody to count.
    if (board === undefined) return true;
    this.#heard(board, message.arrivalMs);
    if (lasts(this.#tenures.get(board) ?? NEVER_OURS)) return true;
    this.notMine++;
    this.#standby.keep(board, message);
    return false;
  }

  #heard(board: string, nowMs: number): void {
    const tenure = this.#tenures.get(board);
    if (tenure === undefined) this.#meet(board, nowMs);
    else {
      this.#tenures.delete(board);
      this.#tenures.set(board, tenure);
    }
  }

  #meet(board: string, nowMs: number): void {
    if (this.#tenures.size >= this.#maxBoards) this.#forgetOthers();
    if (this.#tenures.size >= this.#maxBoards) this.#forgetOldest();
    this.#tenures.set(board, NEVER_OURS);
    if (this.#isMine(board)) this.#begin(board, nowMs);
  }

  /** They are met again at their next reading, if they still send any. */
  #forgetOthers(): void {
    for (const [board, tenure] of this.#tenures) if (!lasts(tenure)) this.#tenures.delete(board);
  }

  /** All are ours: the one that was heard longest ago is met again at its next reading, too. */
  #forgetOldest(): void {
    const [oldest] = this.#tenures.keys();
    this.#tenures.delete(oldest!);
    this.#released.next(oldest!);
  }

  #begin(board: string, fromMs: number): void {
    this.#tenures.set(board, { fromMs, toMs: Number.POSITIVE_INFINITY });
  }

  #isMine(board: string): boolean {
    return ownerOf(board, this.#members) === this.#agent;
  }
}
