import { FRAME_MAGIC } from '../protocols/frames.ts';
import { type ParsedPayload, parseReadings, type Refusal, type SensorReading } from '../protocols/reading.ts';
import type { ClockEstimate } from './board-clock.ts';
import type { FrameCounters } from './wire/events.ts';
import { FrameIntake } from './wire/frame-intake.ts';

/** Boards whose frames are followed at a time; one more, and the one heard longest ago has to say HELLO again. */
const MAX_BOARDS = 1000;
/** What one board may keep waiting for its HELLO. Anybody may make up names, so it is little. */
const MAX_WAITING_BYTES = 1 << 14;

/** Reads payloads of `<base>/<board>/readings`: JSON by itself, a binary frame by what its board said before. */
export class PayloadReader {
  /** By board; the one heard last is last. */
  readonly #intakes = new Map<string, FrameIntake>();
  /** The sum of those of boards that are followed no more, if there are any. */
  #forgotten: readonly FrameCounters[] = [];

  /** Of the frames of all boards; undefined as long as none has come. */
  get counters(): FrameCounters | undefined {
    const all = [...this.#forgotten, ...[...this.#intakes.values()].map(({ counters }) => counters)];
    return all.length === 0 ? undefined : all.reduce(added);
  }

  /** By board, the one heard last first, at most so many: how the clocks go of boards that send frames. */
  clocks(most: number): ReadonlyMap<string, ClockEstimate> {
    const lately = [...this.#intakes.values()].slice(-most).reverse();
    return new Map(lately.flatMap(({ clocks }) => [...clocks]));
  }

  /** Never throws. `board` is the one of the topic: a frame that says it is from another is refused. */
  read(board: string, payload: Uint8Array, arrivalMs: number): ParsedPayload {
    if (payload[0] !== FRAME_MAGIC) return parseReadings(board, payload, arrivalMs);
    const intake = this.#intakeOf(board);
    const readings: SensorReading[] = [];
    const refusals: Refusal[] = [];
    for (const event of intake.take(payload, arrivalMs * 1000)) {
      if (event.kind === 'readings') readings.push(...event.readings);
      if (event.kind === 'refused') refusals.push(event.refusal);
      if (event.kind === 'damaged')
        refusals.push({ reason: 'malformed', message: `a binary frame: ${event.message}` });
    }
    return { readings, refusals };
  }

  #intakeOf(board: string): FrameIntake {
    const options = { board, onlyThisBoard: true, maxWaitingBytes: MAX_WAITING_BYTES };
    const intake = this.#intakes.get(board) ?? new FrameIntake(options);
    this.#intakes.delete(board);
    this.#intakes.set(board, intake);
    if (this.#intakes.size > MAX_BOARDS) this.#forgetOldest();
    return intake;
  }

  #forgetOldest(): void {
    const [board, { counters }] = this.#intakes.entries().next().value!;
    this.#intakes.delete(board);
    this.#forgotten = [[counters, ...this.#forgotten].reduce(added)];
  }
}

function added(a: FrameCounters, b: FrameCounters): FrameCounters {
  const names = Object.keys(a) as (keyof FrameCounters)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as Record<
    keyof FrameCounters,
    number
  >;
}
