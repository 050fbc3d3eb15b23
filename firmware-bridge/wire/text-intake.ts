import { type ParsedPayload, parseReadings, type SensorReading } from '../../protocols/reading.ts';
import { ValueGate } from '../../protocols/value-gate.ts';
import { ArrivalClock, type BoardClock, type ClockEstimate } from '../board-clock.ts';
import { type CsvRow, CsvTable } from './csv-table.ts';
import type { IntakeOptions, PortEvent, TextCounters } from './events.ts';
import { Sequence } from './sequence.ts';
import { WrappingCounter } from './wrapping-counter.ts';

/** A number so much lower than the last is not late: the board has started again. */
const RESTART = 1000;

/** Lines in, readings out: NDJSON in the shape of docs/mqtt.md, CSV below a header of channels. */
export class TextIntake {
  readonly #board: string;
  readonly #clock: BoardClock;
  readonly #counters = { micros: new WrappingCounter(1), millis: new WrappingCounter(1000) };
  #table: CsvTable | undefined;
  #sequence = new Sequence();
  #lastSeq = 0;
  readonly #counts = { lines: 0, otherLines: 0, lostReadings: 0 };

  constructor({ board, clock, csvHeader }: IntakeOptions) {
    this.#board = board;
    this.#clock = clock?.() ?? new ArrivalClock();
    this.#table = csvHeader === undefined ? undefined : CsvTable.fromHeader(csvHeader);
  }

  get counters(): TextCounters {
    return { ...this.#counts, lostReadings: this.#counts.lostReadings + this.#sequence.lost };
  }

  /** By board: of lines that have a time of the board's own. */
  get clocks(): ReadonlyMap<string, ClockEstimate> {
    const { estimate } = this.#clock;
    return new Map(estimate === undefined ? [] : [[this.#board, estimate]]);
  }

  /** @param whole false when the beginning of the line may be missing: half a number looks like a number */
  take(bytes: Uint8Array, whole: boolean, arrivalUs: number): PortEvent[] {
    const line = new TextDecoder().decode(bytes).trim();
    if (line === '') return [];
    const parsed = this.#parse(line, bytes, whole, arrivalUs);
    this.#counts[parsed && parsed.readings.length > 0 ? 'lines' : 'otherLines']++;
    const board = this.#board;
    if (parsed === undefined) return [{ kind: 'text', board, line }];
    const events: PortEvent[] = parsed.refusals.map((refusal) => ({ kind: 'refused', board, refusal }));
    if (parsed.readings.length > 0) events.push({ kind: 'readings', board, readings: parsed.readings });
    for (const { seq } of parsed.readings) if (seq !== undefined) this.#count(seq);
    return events;
  }

  /** Undefined for a line that nobody meant as a reading. */
  #parse(line: string, bytes: Uint8Array, whole: boolean, arrivalUs: number): ParsedPayload | undefined {
    if (line.startsWith('{') || line.startsWith('[{')) {
      return whole ? parseReadings(this.#board, bytes, arrivalUs / 1000) : undefined;
    }
    const header = CsvTable.fromHeader(line);
    if (header) {
      if (whole) this.#table = header;
      return undefined;
    }
    const row = whole ? this.#table?.row(line) : undefined;
    if (row === undefined) return undefined;
    if (typeof row === 'string') return { readings: [], refusals: [{ reason: 'malformed', message: row }] };
    return this.#fromRow(row, this.#table!.units, arrivalUs);
  }

  #fromRow(
    { special, values }: CsvRow,
    units: Readonly<Record<string, string>>,
    arrivalUs: number,
  ): ParsedPayload {
    const gate = new ValueGate();
    const good = gate.admit(values, units);
    if (!good) return { readings: [], refusals: gate.refusals };
    const reading: SensorReading = {
      board: this.#board,
      timeUs: special.t ?? this.#hostUs(special, arrivalUs),
      arrivalMs: arrivalUs / 1000,
      values: good,
      ...(special.seq !== undefined && { seq: special.seq }),
    };
    return { readings: [reading], refusals: gate.refusals };
  }

  #hostUs({ micros, millis }: CsvRow['special'], arrivalUs: number): number {
    const boardUs =
      micros !== undefined
        ? this.#counters.micros.extend(micros, arrivalUs)
        : millis !== undefined
          ? this.#counters.millis.extend(millis, arrivalUs)
          : undefined;
    if (boardUs === undefined) return Math.round(arrivalUs);
    this.#clock.observe(boardUs, arrivalUs);
    return this.#clock.hostUs(boardUs);
  }

  #count(seq: number): void {
    const back = this.#lastSeq - seq;
    const restarted = back > RESTART && back < 2 ** 31;
    if (restarted) {
      this.#counts.lostReadings += this.#sequence.lost;
      this.#sequence = new Sequence();
    }
    this.#lastSeq = seq;
    this.#sequence.take(seq);
    if (restarted) this.#sequence.beganAt(0);
  }
}
