import type { ChannelName } from '../../protocols/channels.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { LabelSpan, Recording } from '../../protocols/recording.ts';

/** A board whose clock goes back further than this has been started anew: a recording of its own begins. */
const RESTART_US = 10_000_000;
/** Of a recording of one reading, from which no rate can be told. */
const NOMINAL_HZ = 1;

type Named = Pick<Recording, 'id' | 'group' | 'split'>;

/** What one board sent, and what was going on, until its clock starts anew. */
export class BoardRecorder {
  readonly board: string;
  readonly #times: number[] = [];
  readonly #values: Readonly<Record<ChannelName, number>>[] = [];
  readonly #labels: { readonly startUs: number; readonly label: string | undefined }[] = [];
  #newest: SensorReading | undefined;

  constructor(board: string) {
    this.board = board;
  }

  get readings(): number {
    return this.#times.length;
  }

  /** Epoch milliseconds. */
  get heardMs(): number {
    return this.#newest?.arrivalMs ?? 0;
  }

  /** Whether the reading is of another start of the board. */
  isRestart({ timeUs }: SensorReading): boolean {
    return this.#newest !== undefined && timeUs < this.#newest.timeUs - RESTART_US;
  }

  add(reading: SensorReading): void {
    this.#times.push(reading.timeUs);
    this.#values.push(reading.values);
    if (this.#newest === undefined || reading.timeUs >= this.#newest.timeUs) this.#newest = reading;
  }

  /** From this moment on another label holds, or none. @param nowMs on this machine's clock */
  label(label: string | undefined, nowMs: number): void {
    this.#labels.push({ startUs: this.#boardTimeUs(nowMs), label });
  }

  /**
   * What has come so far; undefined before the first reading. Times count from the first reading on.
   *
   * @param nowMs the last label holds until then
   */
  recording(named: Named, nowMs: number): Recording | undefined {
    const rows = this.#rows();
    const first = rows[0];
    if (first === undefined) return undefined;
    const channels = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))].sort();
    const timesUs = Float64Array.from(rows, ({ timeUs }) => timeUs - first.timeUs);
    const periodUs = medianStep(timesUs);
    const endUs = Math.min(this.#boardTimeUs(nowMs) - first.timeUs, timesUs.at(-1)! + (periodUs ?? 1e6));
    return {
      ...named,
      board: this.board,
      channels,
      rateHz: periodUs === undefined ? NOMINAL_HZ : Number((1e6 / periodUs).toPrecision(4)),
      nominalRate: periodUs === undefined,
      timesUs,
      values: Float64Array.from(rows.flatMap(({ values }) => channels.map((c) => values[c] ?? Number.NaN))),
      labels: this.#spans(first.timeUs, endUs),
    };
  }

  /** In order of time; what was measured at one moment is one row. */
  #rows(): { timeUs: number; values: Record<ChannelName, number> }[] {
    const order = this.#times.map((_, i) => i).sort((a, b) => this.#times[a]! - this.#times[b]! || a - b);
    const rows: { timeUs: number; values: Record<ChannelName, number> }[] = [];
    for (const i of order) {
      const timeUs = Math.round(this.#times[i]!);
      const last = rows.at(-1);
      if (last?.timeUs === timeUs) Object.assign(last.values, this.#values[i]);
      else rows.push({ timeUs, values: { ...this.#values[i] } });
    }
    return rows;
  }

  /** Times relative to the first reading. */
  #spans(firstUs: number, endUs: number): LabelSpan[] {
    return this.#labels.flatMap(({ startUs, label }, i) => {
      const start = Math.max(0, Math.round(startUs - firstUs));
      const end = Math.round(Math.min(endUs, (this.#labels[i + 1]?.startUs ?? Infinity) - firstUs));
      return label === undefined || end <= start ? [] : [{ label, startUs: start, endUs: end }];
    });
  }

  /** A moment of this machine on the board's clock: as far from the newest reading as it is from its arrival. */
  #boardTimeUs(nowMs: number): number {
    if (this.#newest === undefined) return Number.NEGATIVE_INFINITY;
    return this.#newest.timeUs + (nowMs - this.#newest.arrivalMs) * 1000;
  }
}

/** Undefined for fewer than two readings. */
function medianStep(timesUs: Float64Array): number | undefined {
  const steps = timesUs.subarray(1).map((time, i) => time - timesUs[i]!);
  return steps.length === 0 ? undefined : steps.sort()[steps.length >> 1];
}
