import type { BoardDescription } from '../../protocols/frames.ts';
import type { Refusal, SensorReading } from '../../protocols/reading.ts';
import type { BoardClock } from '../board-clock.ts';

/** What the bytes of a port turn out to be. */
export type PortEvent =
  /** A board introduced itself: for the first time, after a restart, or changed. Repetitions are not told. */
  | {
      readonly kind: 'hello';
      readonly board: string;
      readonly description: BoardDescription;
      /** It was here before, and has started again since. */
      readonly restarted: boolean;
    }
  /** Values in the channels' own units, times of this host. From one frame or line. */
  | { readonly kind: 'readings'; readonly board: string; readonly readings: readonly SensorReading[] }
  | {
      readonly kind: 'status';
      readonly board: string;
      /** Readings that the board has measured in this session, modulo 2^32. */
      readonly measured: number;
      /** Of these, dropped by the board itself. */
      readonly dropped: number;
    }
  /** A value, a line or a frame which is whole but wrong. Count it, and say it rarely. */
  | { readonly kind: 'refused'; readonly board: string; readonly refusal: Refusal }
  /** A frame that is not as it was sent. What was in it is counted as lost when the next one comes. */
  | { readonly kind: 'damaged'; readonly board: string; readonly message: string }
  /** Printable text that is no reading: what firmware prints of itself. */
  | { readonly kind: 'text'; readonly board: string; readonly line: string };

export interface IntakeOptions {
  /** Whose these are as long as no HELLO says otherwise: CSV and NDJSON name no board. */
  readonly board: string;
  /** Refuse frames of any other, because somebody else, such as an MQTT topic, says whose they are. */
  readonly onlyThisBoard?: boolean;
  /** A clock for each session of a board; it learns from arrivals if not given. */
  readonly clock?: () => BoardClock;
  /** Frames that wait for the HELLO of their board, in bytes; 256 KiB if not given. */
  readonly maxWaitingBytes?: number;
  /** The header of a board that prints CSV and no header, or prints it once: `micros,accel.x[g],accel.y[g]`. */
  readonly csvHeader?: string;
}

/** Counted from the first byte on. */
export interface FrameCounters {
  /** Good frames, each counted once. */
  readonly frames: number;
  /** Frames whose checksum or length is wrong. */
  readonly damaged: number;
  /** Whole frames that this host cannot read: another version, or firmware with a mistake. */
  readonly foreign: number;
  /** Frames that a board sent and nobody got, by their sequence numbers. Late ones are taken off again. */
  readonly lost: number;
  /** Readings that were measured and did not come, by the numbers of rows. */
  readonly lostReadings: number;
  /** Frames which had come before. */
  readonly duplicated: number;
  /** Frames given up because their HELLO did not come; they are refused as well. */
  readonly unannounced: number;
  /** Sessions of boards that were here before. */
  readonly restarts: number;
}

export interface TextCounters {
  /** Lines which are readings. */
  readonly lines: number;
  /** Lines which are not. */
  readonly otherLines: number;
  /** Readings missing between lines that are numbered. */
  readonly lostReadings: number;
}

export interface PortCounters extends FrameCounters, TextCounters {
  /** Bytes that belong to no frame and no line. */
  readonly bytesDropped: number;
}
