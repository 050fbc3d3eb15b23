import { cobsDecode } from '../protocols/frames.ts';
import type { ClockEstimate } from './board-clock.ts';
import type { IntakeOptions, PortCounters, PortEvent } from './wire/events.ts';
import { FrameIntake } from './wire/frame-intake.ts';
import { Segmenter } from './wire/segmenter.ts';
import { TextIntake } from './wire/text-intake.ts';

export type { IntakeOptions, PortCounters, PortEvent } from './wire/events.ts';

const EMPTY = new Uint8Array(0);

/**
 * Bytes of one port in, readings out. Pure: no port, no timers, no clock of its own.
 *
 * ```ts
 * const decoder = new PortDecoder({ board: 'desk' });
 * port.on('data', (bytes) => {
 *   for (const event of decoder.push(bytes, arrivalUs())) {
 *     if (event.kind === 'readings') deliver(event.readings);
 *   }
 *   if (decoder.wantsHello) port.write(onWire(helloRequest()));   // once a second will do
 * });
 * port.on('open', () => decoder.reopened());   // the board was unplugged, and is back
 * ```
 *
 * `arrivalUs` is when the chunk came: epoch microseconds, best of a clock that is never set (such as
 * `performance.timeOrigin + performance.now()`). A frame or line arrives with the chunk which ends it. Frames, CSV and
 * NDJSON may come in any mixture (docs/wire-format.md). Nothing that comes in makes it throw, and what it keeps is
 * bounded: a segment, the frames that wait for a HELLO (256 KiB), sixteen sessions.
 */
export class PortDecoder {
  readonly #segmenter = new Segmenter();
  readonly #frames: FrameIntake;
  readonly #text: TextIntake;

  constructor(options: IntakeOptions) {
    this.#frames = new FrameIntake(options);
    this.#text = new TextIntake(options);
  }

  push(bytes: Uint8Array, arrivalUs: number): PortEvent[] {
    const events: PortEvent[] = [];
    for (const segment of this.#segmenter.push(bytes)) {
      const found =
        segment.kind === 'frame'
          ? this.#frames.take(cobsDecode(segment.bytes) ?? EMPTY, arrivalUs)
          : this.#text.take(segment.bytes, segment.whole, arrivalUs);
      for (const event of found) events.push(event);
    }
    return events;
  }

  /** The port was closed and is open again: what was torn off is dropped; boards and numbers are kept. */
  reopened(): void {
    this.#segmenter.reset();
    this.#frames.reopened();
  }

  /** Frames wait for the HELLO of their board: send `onWire(helloRequest())`. */
  get wantsHello(): boolean {
    return this.#frames.wantsHello;
  }

  /** By board: how the clocks go that are mapped to this host's. */
  get clocks(): ReadonlyMap<string, ClockEstimate> {
    return new Map([...this.#text.clocks, ...this.#frames.clocks]);
  }

  get counters(): PortCounters {
    const frames = this.#frames.counters;
    const text = this.#text.counters;
    const lostReadings = frames.lostReadings + text.lostReadings;
    return { ...frames, ...text, lostReadings, bytesDropped: this.#segmenter.bytesDropped };
  }
}
