import { parseReadings } from '../../protocols/reading.ts';
import type { IntakeOptions, PortEvent, TextCounters } from './events.ts';

/** Lines in, readings out: NDJSON in the shape of docs/mqtt.md, CSV below a header of channels. */
export class TextIntake {
  readonly #board: string;
  readonly #counts = { lines: 0, otherLines: 0 };

  constructor({ board }: IntakeOptions) {
    this.#board = board;
  }

  get counters(): TextCounters {
    return { ...this.#counts };
  }

  take(bytes: Uint8Array, arrivalUs: number): PortEvent[] {
    const board = this.#board;
    const { readings, refusals } = parseReadings(board, bytes, arrivalUs / 1000);
    const events: PortEvent[] = refusals.map((refusal) => ({ kind: 'refused', board, refusal }));
    if (readings.length > 0) events.push({ kind: 'readings', board, readings });
    this.#counts[readings.length > 0 ? 'lines' : 'otherLines']++;
    return events;
  }
}
