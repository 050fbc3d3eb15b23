import type { ChannelName } from '../channels.ts';
import type { BoardClockKind, SampleEncoding } from './format.ts';

export interface ChannelDescription {
  readonly name: ChannelName;
  /** The unit in which its values are sent: the channel's own, or one that can be converted. */
  readonly unit: string;
  /** value = raw x scale. 1 for float32. */
  readonly scale: number;
}

/** What a board says of itself in HELLO. It holds for the whole session. */
export interface BoardDescription {
  readonly board: string;
  /** Name and version of what runs on it: `imu9 1.0.0`. */
  readonly firmware: string;
  /** Rows a second; 0 when they come as they come. */
  readonly rateHz: number;
  readonly encoding: SampleEncoding;
  readonly clock: BoardClockKind;
  readonly channels: readonly ChannelDescription[];
}

interface FrameHeader {
  /** A number that a board draws when it starts. Sequence numbers and the description belong to it. */
  readonly session: number;
  /** Counts the frames of the session, of every type, from 0; wraps at 2^32. */
  readonly seq: number;
  /** Microseconds on the board's clock, an integer: of the first row in SAMPLES, else of the frame itself. */
  readonly timeUs: number;
}

export interface HelloFrame extends FrameHeader {
  readonly type: 'hello';
  /** As in STATUS: who hears this first knows what is lost from here on. */
  readonly nextRow: number;
  readonly description: BoardDescription;
}

export interface SamplesFrame extends FrameHeader {
  readonly type: 'samples';
  /** Counts the rows of the session from 0, those the board had to drop as well; wraps at 2^32. */
  readonly firstRow: number;
  /** Row i was measured at `timeUs + i x periodUs`. */
  readonly periodUs: number;
  readonly rows: number;
  readonly channels: number;
  readonly encoding: SampleEncoding;
  /** Row-major (rows, channels), as sent: not scaled. Missing is NaN in both encodings. */
  readonly raw: Float64Array;
}

export interface StatusFrame extends FrameHeader {
  readonly type: 'status';
  /** The number that the next row will have: so many were measured in this session, modulo 2^32. */
  readonly nextRow: number;
  /** How many of them the board itself had to drop, because nobody took them fast enough. */
  readonly rowsDropped: number;
}

/** From a host to a board: say HELLO again. */
export interface HelloRequestFrame extends FrameHeader {
  readonly type: 'helloRequest';
}

export type Frame = HelloFrame | SamplesFrame | StatusFrame | HelloRequestFrame;
