import type { SensorReading } from './reading.ts';
import type { WindowEvent } from './window.ts';

/** What happened to a board's readings on their way into windows. Nothing is dropped without a count. */
export interface WindowerCounts {
  /** Readings that came after their row was final. */
  readonly late: number;
  /** Readings whose time fitted nothing around them. */
  readonly outliers: number;
  /** Windows given up because too much was missing in one piece. */
  readonly gaps: number;
  /** Times the board's clock went back for good. */
  readonly restarts: number;
  /** Readings that were delivered before. */
  readonly duplicates: number;
  /** Readings let go because more came in a short time than is kept of one board. */
  readonly crowded: number;
}

/** Told what happens to windows, at once and in order. */
export type TellWindow = (event: WindowEvent) => void;

/** Where windows are opened and filled; one implementation for each way of choosing their start. */
export interface WindowPolicy {
  /** Readings come within the allowed gap of each other, perhaps slightly out of order. */
  add(reading: SensorReading, tell: TellWindow): void;
  /** The board has been silent for so long that what is open must end now, as it would with the next reading. */
  silence(tell: TellWindow): void;
  /** Time has reached `nowUs` without a further reading, and there will be none. */
  end(nowUs: number, tell: TellWindow): void;
  /** Forget the past: the board's clock has changed. */
  restart(tell: TellWindow): void;
  readonly late: number;
  readonly gaps: number;
  readonly crowded: number;
}
