import {
  type BoardDescription,
  decodeFrame,
  type Frame,
  type HelloFrame,
  type SamplesFrame,
} from '../../protocols/frames.ts';
import type { Refusal } from '../../protocols/reading.ts';
import { ArrivalClock, type BoardClock, type ClockEstimate } from '../board-clock.ts';
import { BoardSession } from './board-session.ts';
import type { FrameCounters, IntakeOptions, PortEvent } from './events.ts';

/** Sessions that are known at a time: a gateway passes on several boards, and each restart begins another. */
const MAX_SESSIONS = 16;
/** Frames that wait for their HELLO, in bytes: two seconds of a fast line. */
const MAX_WAITING_BYTES = 1 << 18;

/** A frame whose board has not said yet what its channels are. */
interface Waiting {
  readonly frame: SamplesFrame;
  readonly bytes: number;
  readonly arrivalUs: number;
}

/** Frames in, readings out: checks them, counts what is lost, and keeps what comes before its HELLO. */
export class FrameIntake {
  readonly #options: IntakeOptions;
  readonly #newClock: () => BoardClock;
  /** By their numbers; the one heard last is last. */
  readonly #sessions = new Map<number, BoardSession>();
  readonly #maxWaitingBytes: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #openings = 0;
  readonly #counts = {
    frames: 0,
    damaged: 0,
    foreign: 0,
    lost: 0,
    lostReadings: 0,
    duplicated: 0,
    unannounced: 0,
    restarts: 0,
  };

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#newClock = options.clock ?? (() => new ArrivalClock());
    this.#maxWaitingBytes = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
  }

  /** Frames are here whose board has not introduced itself. */
  get wantsHello(): boolean {
    return this.#waiting.length > 0;
  }

  get counters(): FrameCounters {
    const counts = { ...this.#counts };
    for (const { lost, lostReadings } of this.#sessions.values()) {
      counts.lost += lost;
      counts.lostReadings += lostReadings;
    }
    return counts;
  }

  /** By board; that of its newest session. */
  get clocks(): ReadonlyMap<string, ClockEstimate> {
    const clocks = new Map<string, ClockEstimate>();
    for (const { description, clock } of this.#sessions.values()) {
      if (description !== undefined && clock !== undefined) clocks.set(description.board, clock);
    }
    return clocks;
  }

  /** Nobody listened for a while. */
  reopened(): void {
    this.#openings++;
  }

  /** @param bytes one frame, not stuffed */
  take(bytes: Uint8Array, arrivalUs: number): PortEvent[] {
    const frame = decodeFrame(bytes);
    if ('fault' in frame) {
      const { fault, message } = frame;
      this.#counts[fault]++;
      const { board } = this.#options;
      return [
        fault === 'foreign' ? this.#refused(board, malformed(message)) : { kind: fault, board, message },
      ];
    }
    if (frame.type === 'helloRequest') return [];
    const session = this.#sessionOf(frame);
    session.heardIn = this.#openings;
    if (!session.count(frame, arrivalUs)) {
      this.#counts.duplicated++;
      return [];
    }
    this.#counts.frames++;
    if (frame.type === 'hello') return this.#introduce(session, frame);
    const board = session.description?.board;
    if (frame.type === 'samples') {
      if (board !== undefined) return this.#read(session, frame, arrivalUs);
      return this.#wait({ frame, bytes: bytes.length, arrivalUs });
    }
    const { nextRow: measured, rowsDropped: dropped } = frame;
    return board === undefined ? [] : [{ kind: 'status', board, measured, dropped }];
  }

  #sessionOf({ session: number }: Frame): BoardSession {
    const session = this.#sessions.get(number) ?? new BoardSession(this.#newClock());
    this.#sessions.delete(number);
    this.#sessions.set(number, session);
    if (this.#sessions.size > MAX_SESSIONS) this.#forget(this.#sessions.keys().next().value!);
    return session;
  }

  #forget(number: number): void {
    const { lost, lostReadings } = this.#sessions.get(number)!;
    this.#counts.lost += lost;
    this.#counts.lostReadings += lostReadings;
    this.#sessions.delete(number);
    const waiting = this.#waiting.filter(({ frame }) => frame.session !== number);
    this.#counts.unannounced += this.#waiting.length - waiting.length;
    this.#keepWaiting(waiting);
  }

  #introduce(session: BoardSession, { session: number, description }: HelloFrame): PortEvent[] {
    const { board } = description;
    if (this.#options.onlyThisBoard && board !== this.#options.board) {
      return [this.#refused(this.#options.board, malformed(`HELLO of another board, "${board}"`))];
    }
    if (session.description && isSame(session.description, description)) return [];
    const before = [...this.#sessions.values()].filter(
      (other) => other !== session && other.description?.board === board,
    );
    const restarted = session.description === undefined && before.length > 0;
    if (restarted) this.#counts.restarts++;
    session.describe(description);
    for (const { newestUs, heardIn } of before) {
      session.notBefore(newestUs);
      // It has started again before our ears, so what it sent at first is lost, not sent to nobody.
      if (restarted && heardIn === session.heardIn) session.heardFromStart();
    }
    const events: PortEvent[] = [{ kind: 'hello', board, description, restarted }];
    const mine = this.#waiting.filter(({ frame }) => frame.session === number);
    this.#keepWaiting(this.#waiting.filter(({ frame }) => frame.session !== number));
    for (const { frame, arrivalUs } of mine) events.push(...this.#read(session, frame, arrivalUs));
    return events;
  }

  #read(session: BoardSession, frame: SamplesFrame, arrivalUs: number): PortEvent[] {
    const { board } = session.description!;
    const events: PortEvent[] = [];
    const readings = session.readings(frame, arrivalUs, (refusal) =>
      events.push(this.#refused(board, refusal)),
    );
    if (readings.length > 0) events.push({ kind: 'readings', board, readings });
    return events;
  }

  #wait(one: Waiting): PortEvent[] {
    this.#waiting.push(one);
    this.#waitingBytes += one.bytes;
    const events: PortEvent[] = [];
    while (this.#waitingBytes > this.#maxWaitingBytes) {
      this.#waitingBytes -= this.#waiting.shift()!.bytes;
      this.#counts.unannounced++;
      events.push(this.#refused(this.#options.board, malformed('samples whose HELLO did not come')));
    }
    return events;
  }

  #keepWaiting(waiting: Waiting[]): void {
    this.#waiting = waiting;
    this.#waitingBytes = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #refused(board: string, refusal: Refusal): PortEvent {
    return { kind: 'refused', board, refusal };
  }
}

const malformed = (message: string): Refusal => ({ reason: 'malformed', message });

const isSame = (a: BoardDescription, b: BoardDescription): boolean => JSON.stringify(a) === JSON.stringify(b);
