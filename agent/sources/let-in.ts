import { formatDuration } from '../../commandline/progress.ts';
import type { Refusal, SensorReading } from '../../protocols/reading.ts';
import type { BoardLimit } from '../board-limit.ts';
import type { Admission } from '../config.ts';
import type { Refusals } from '../refusals.ts';
import type { UnsetClocks } from './unset-clocks.ts';

/** The agent's door: the same for every way in. */
export interface Door {
  readonly admission: Admission;
  /** Told of everything that is not let through. */
  readonly refusals: Refusals;
  readonly boards: BoardLimit;
  /** Dates what a board sends that does not know the time. */
  readonly clocks: UnsetClocks;
}

/** Of what one board sent, the readings that come in; the rest is counted. */
export function letIn(
  board: string,
  arrived: readonly SensorReading[],
  { admission, refusals, boards, clocks }: Door,
): readonly SensorReading[] {
  const readings = clocks.date(board, arrived).filter((reading) => {
    const refusal = judgeTime(reading, admission);
    if (refusal) refusals.add(board, refusal);
    return refusal === undefined;
  });
  if (readings.length === 0 || boards.admits(board)) return readings;
  // One line for all of them: there may be no end to their names.
  refusals.add('further boards', {
    reason: 'tooManyBoards',
    message: 'too many boards have been here already',
  });
  return [];
}

/** A reading's own time must lie near its arrival: one from the future would make everything after it late. */
function judgeTime(
  { timeUs, arrivalMs }: SensorReading,
  { futureToleranceMs, pastToleranceMs }: Admission,
): Refusal | undefined {
  const aheadMs = timeUs / 1000 - arrivalMs;
  if (aheadMs <= futureToleranceMs && -aheadMs <= pastToleranceMs) return undefined;
  const distance = formatDuration(Math.abs(aheadMs));
  if (aheadMs > 0) {
    return { reason: 'future', message: `a reading is ${distance} ahead of this machine's clock` };
  }
  return { reason: 'past', message: `a reading is ${distance} old` };
}
