import { nearest } from '../protocols/nearest.ts';
import type { Refusal, RefusalReason } from '../protocols/reading.ts';
import type { TaskSpec } from '../protocols/task.ts';
import type { RareLog } from './rare-log.ts';

/** Why the agent did not take a reading: what is wrong with it, or with the way it came. */
export type AgentRefusalReason =
  | RefusalReason
  | 'badBoardId' // the topic names no board
  | 'noBoard' // nor does the serial port on which it came
  | 'tooManyBoards'
  | 'retained'; // the broker kept it from before, so its time of arrival says nothing

export interface AgentRefusal extends Omit<Refusal, 'reason'> {
  readonly reason: AgentRefusalReason;
}

/** Of a task, what a board must know. */
export type ReadTask = Pick<TaskSpec, 'name'> & {
  readonly input: { readonly channels: readonly { readonly channel: string }[] };
};

/** What boards must know of several tasks. */
export const readBy = (tasks: readonly TaskSpec[]): ReadTask => ({
  name: tasks.map(({ name }) => name).join(', '),
  input: { channels: uniqueBy(tasks.flatMap(({ input }) => input.channels)) },
});

const uniqueBy = (channels: ReadTask['input']['channels']): ReadTask['input']['channels'] => [
  ...new Map(channels.map((one) => [one.channel, one])).values(),
];

/** An example of a reading names this many channels at most. */
const EXAMPLE_CHANNELS = 4;

/** Counts what was refused, and says so with the fix in the words of the task, rarely. */
export class Refusals {
  readonly counts: Partial<Record<AgentRefusalReason, number>> = {};
  readonly #log: RareLog;
  readonly #channels: readonly string[];
  readonly #fixes: Readonly<Record<AgentRefusalReason, string>>;

  /** @param task what is read: its name and channels go into the advice */
  constructor(log: RareLog, task: ReadTask) {
    this.#log = log;
    this.#channels = task.input.channels.map(({ channel }) => channel);
    this.#fixes = fixesFor(task.name, this.#channels);
  }

  add(board: string, { reason, message, channel }: AgentRefusal): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    const meant = reason === 'unknownChannel' && channel !== undefined ? this.#meant(channel) : undefined;
    const suggestion = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    // Mistakes that differ in a number alone, such as seconds or a row, are the same mistake again.
    const kind = `${board} ${reason} ${message.replaceAll(/\d+/g, '#')}`;
    this.#log.warn(kind, `${board}: ${message}${suggestion}; ${this.#fixes[reason]}`, { reason });
  }

  /** The channel of the task that somebody meant: `red` is `light.red`, `acel.x` is `accel.x`. */
  #meant(channel: string): string | undefined {
    const wanted = channel.toLowerCase();
    const ofPart = this.#channels.filter((one) => one.endsWith(`.${wanted}`));
    return ofPart.length === 1 ? ofPart[0] : nearest(wanted, this.#channels);
  }
}

function fixesFor(task: string, channels: readonly string[]): Record<AgentRefusalReason, string> {
  const values = channels.slice(0, EXAMPLE_CHANNELS).map((channel) => `"${channel}": 12`);
  const more = channels.length > EXAMPLE_CHANNELS ? ', ..' : '';
  return {
    malformed: `send {"v": {${values.join(', ')}${more}}}, a batch, or an array of readings (docs/mqtt.md)`,
    unknownChannel: `${task} reads ${channels.join(', ')}`,
    wrongUnit: 'send the unit of the channel, or name one it can be converted from in "units" (docs/mqtt.md)',
    notFinite: 'leave out values that were not measured',
    future: 'set the board\'s clock, or leave "t" out to use the time of arrival',
    past: 'set the board\'s clock, or leave "t" out; admission.pastToleranceMs allows older readings',
    badBoardId: 'a board id has lower-case letters, digits, - and _, at most 63, and is not "bridge"',
    noBoard: 'name it: source.ports[].board (docs/serial.md)',
    tooManyBoards:
      'boards that are silent make room (boards.forgetAfterS); if nobody added so many, change the password of "board"',
    retained: 'publish readings without the retain flag',
  };
}
