import type { RefusalReason } from '../protocols/reading.ts';
import type { RareLog } from './rare-log.ts';

/** Why the agent did not take a reading: what is wrong with it, or with the way it came. */
export type AgentRefusalReason =
  | RefusalReason
  | 'badBoardId' // the topic names no board
  | 'retained'; // the broker kept it from before, so its time of arrival says nothing

const FIXES: Readonly<Record<AgentRefusalReason, string>> = {
  malformed: 'send {"v": {"accel.x": 0.12}}, a batch, or an array of readings',
  unknownChannel: 'use the channel names of the task, such as accel.x or rssi.<anchor>',
  wrongUnit: 'send the unit of the channel, or name a unit it can be converted from in `units`',
  notFinite: 'leave out values that were not measured',
  future: "set the board's clock, or leave `t` out to use the time of arrival",
  past: "set the board's clock, or leave `t` out; `admission.pastToleranceMs` allows older readings",
  badBoardId: 'a board id has lower-case letters, digits, - and _, at most 63, and is not "bridge"',
  retained: 'publish readings without the retain flag',
};

/** Counts what was refused, and says so with the fix, rarely. */
export class Refusals {
  readonly counts: Partial<Record<AgentRefusalReason, number>> = {};
  readonly #log: RareLog;

  constructor(log: RareLog) {
    this.#log = log;
  }

  add(board: string, reason: AgentRefusalReason, message: string): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    this.#log.warn(`${reason} ${board}`, `${board}: ${message}; ${FIXES[reason]}`, { reason });
  }
}
