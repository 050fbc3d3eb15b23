import { converter, isChannel, unitOf } from '../../protocols/channels.ts';
import type { BoardDescription, Frame, SamplesFrame } from '../../protocols/frames.ts';
import type { Refusal, SensorReading } from '../../protocols/reading.ts';
import type { BoardClock, ClockEstimate } from '../board-clock.ts';
import { Sequence } from './sequence.ts';

/** One channel of a board as it becomes values: or why it cannot. */
interface ChannelIntake {
  readonly name: string;
  readonly scale: number;
  readonly toOwnUnit?: (value: number) => number;
  readonly refusal?: Refusal;
}

/** From one start of a board to the next: its numbers, its clock, and what it said of itself. */
export class BoardSession {
  /** The newest time given to a reading, epoch microseconds. */
  newestUs = Number.NEGATIVE_INFINITY;
  /** In which opening of the port it was heard last. */
  heardIn = 0;
  readonly #clock: BoardClock;
  readonly #frames = new Sequence();
  readonly #rows = new Sequence();
  #description: BoardDescription | undefined;
  #channels: readonly ChannelIntake[] = [];

  constructor(clock: BoardClock) {
    this.#clock = clock;
  }

  get description(): BoardDescription | undefined {
    return this.#description;
  }

  get lost(): number {
    return this.#frames.lost;
  }

  get lostReadings(): number {
    return this.#rows.lost;
  }

  get clock(): ClockEstimate | undefined {
    return this.#clock.estimate;
  }

  describe(description: BoardDescription): void {
    this.#description = description;
    this.#channels = description.channels.map(channelIntake);
  }

  notBefore(hostUs: number): void {
    this.#clock.notBefore(hostUs);
  }

  /** Somebody listened when it began: what came before its first frame is missing too. */
  heardFromStart(): void {
    this.#frames.beganAt(0);
    this.#rows.beganAt(0);
  }

  /** Count the frame and learn from its time. False when it has been here before. */
  count(frame: Frame, arrivalUs: number): boolean {
    if (this.#frames.take(frame.seq) === 0) return false;
    if (frame.type === 'samples') this.#rows.take(frame.firstRow, frame.rows);
    if (frame.type === 'status' || frame.type === 'hello') this.#rows.expect(frame.nextRow);
    this.#clock.observe(frame.timeUs + lastRowUs(frame), arrivalUs);
    return true;
  }

  /** The rows of a frame as readings of this host. The session must have been described. */
  readings(frame: SamplesFrame, arrivalUs: number, refuse: (refusal: Refusal) => void): SensorReading[] {
    const { board, clock, channels, encoding } = this.#description!;
    if (frame.channels !== channels.length || frame.encoding !== encoding) {
      const message = `SAMPLES of ${frame.channels} channels of ${frame.encoding} do not go with its HELLO`;
      refuse({ reason: 'malformed', message });
      return [];
    }
    for (const { refusal } of this.#channels) if (refusal) refuse(refusal);
    const readings: SensorReading[] = [];
    for (let row = 0; row < frame.rows; row++) {
      const values = this.#values(frame, row, refuse);
      const boardUs = frame.timeUs + row * frame.periodUs;
      const timeUs = clock === 'epoch' ? boardUs : this.#clock.hostUs(boardUs);
      if (!values) continue;
      if (timeUs <= 0 || !Number.isSafeInteger(timeUs)) {
        refuse({ reason: 'malformed', message: `a row measured at ${timeUs} microseconds since 1970` });
        continue;
      }
      this.newestUs = Math.max(this.newestUs, timeUs);
      const seq = (frame.firstRow + row) >>> 0;
      readings.push({ board, timeUs, arrivalMs: arrivalUs / 1000, values, seq });
    }
    return readings;
  }

  #values(
    frame: SamplesFrame,
    row: number,
    refuse: (refusal: Refusal) => void,
  ): Record<string, number> | undefined {
    const values: Record<string, number> = {};
    let any = false;
    for (const [c, { name, scale, toOwnUnit }] of this.#channels.entries()) {
      const raw = frame.raw[row * frame.channels + c]!;
      if (!toOwnUnit || Number.isNaN(raw)) continue;
      const value = toOwnUnit(raw * scale);
      if (Number.isFinite(value)) {
        values[name] = value;
        any = true;
      } else refuse({ reason: 'notFinite', message: `${name} has no finite value`, channel: name });
    }
    return any ? values : undefined;
  }
}

/** From a frame's time to the newest thing in it. */
const lastRowUs = (frame: Frame): number =>
  frame.type === 'samples' ? (frame.rows - 1) * frame.periodUs : 0;

function channelIntake({ name, unit, scale }: BoardDescription['channels'][number]): ChannelIntake {
  if (!isChannel(name)) {
    const message = `unknown channel ${JSON.stringify(name)}`;
    return { name, scale, refusal: { reason: 'unknownChannel', message, channel: name } };
  }
  const toOwnUnit = converter(name, unit === '' ? unitOf(name) : unit);
  if (toOwnUnit) return { name, scale, toOwnUnit };
  const message = `${name} in ${JSON.stringify(unit)} cannot be converted`;
  return { name, scale, refusal: { reason: 'wrongUnit', message, channel: name } };
}
