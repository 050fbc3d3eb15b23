import type { SensorReading } from './reading.ts';
import { type Recording, readingsOf } from './recording.ts';
import { type TaskSpec, toUs } from './task.ts';
import type { SensorWindow } from './window.ts';
import type { TellWindow, WindowPolicy } from './window-policy.ts';

interface Latest {
  readonly value: number;
  readonly timeUs: number;
}

/**
 * Snapshot tasks: one row with the latest value of each channel, taken at the first reading after
 * every hop. A value older than the task's `maxAgeMs` is missing; `hold` keeps it all the same.
 */
export class SnapshotWindows implements WindowPolicy {
  readonly #task: TaskSpec;
  readonly #latest = new Map<string, Latest>();
  #dueUs = Number.NEGATIVE_INFINITY;
  #takenUs = Number.NEGATIVE_INFINITY;
  #next = 0;
  late = 0;
  readonly gaps = 0;
  readonly crowded = 0;

  constructor(task: TaskSpec) {
    this.#task = task;
  }

  add(reading: SensorReading, tell: TellWindow): void {
    const { timeUs } = reading;
    this.#remember(reading);
    if (timeUs < this.#takenUs) this.late++;
    if (timeUs < this.#dueUs) return;
    this.#takenUs = timeUs;
    this.#dueUs = timeUs + toUs(this.#task.window.hopMs!);
    const window = this.#next++;
    const { row, fill } = this.#row(timeUs);
    tell({ type: 'opened', window, startUs: timeUs });
    tell({ type: 'step', window, row });
    tell({
      type: 'closed',
      window,
      startUs: timeUs,
      endUs: timeUs,
      rows: 1,
      fill,
      arrivalMs: reading.arrivalMs,
    });
  }

  /** A snapshot is complete when it is taken. */
  silence(): void {}

  end(): void {}

  restart(): void {
    this.#latest.clear();
    this.#dueUs = Number.NEGATIVE_INFINITY;
    this.#takenUs = Number.NEGATIVE_INFINITY;
  }

  /** The snapshot of a recording at `atUs`. */
  static at(task: TaskSpec, recording: Recording, atUs: number): SensorWindow {
    const windows = new SnapshotWindows(task);
    for (const reading of readingsOf(recording)) {
      if (reading.timeUs > atUs) break;
      windows.#remember(reading);
    }
    const { row, fill } = windows.#row(atUs);
    return { startUs: atUs, endUs: atUs, rows: [row], fill };
  }

  /**
   * Readings of different sensors may come out of order: each channel keeps its own newest. Other channels are not kept: a
   * scanner hears new radios all day.
   */
  #remember({ values, timeUs }: SensorReading): void {
    for (const { channel } of this.#task.input.channels) {
      const value = values[channel];
      if (value === undefined) continue;
      if (timeUs >= (this.#latest.get(channel)?.timeUs ?? Number.NEGATIVE_INFINITY)) {
        this.#latest.set(channel, { value, timeUs });
      }
    }
  }

  #row(atUs: number): { row: Float64Array; fill: number } {
    const { input } = this.#task;
    const maxAgeUs = input.kind === 'snapshot' ? toUs(input.maxAgeMs) : Number.POSITIVE_INFINITY;
    const row = new Float64Array(input.channels.length).fill(Number.NaN);
    let fresh = 0;
    for (const [c, { channel, missing }] of input.channels.entries()) {
      const latest = this.#latest.get(channel);
      if (latest === undefined) continue;
      const isFresh = atUs - latest.timeUs <= maxAgeUs;
      if (isFresh) fresh++;
      if (isFresh || missing === 'hold') row[c] = latest.value;
    }
    return { row, fill: fresh / input.channels.length };
  }
}
