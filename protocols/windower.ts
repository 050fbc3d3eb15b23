import { EventTime } from './event-time.ts';
import { HoppingWindows, TriggeredWindows } from './rate-windows.ts';
import type { SensorReading } from './reading.ts';
import { type Recording, readingAt } from './recording.ts';
import { SnapshotWindows } from './snapshot.ts';
import { isRateTask, type TaskSpec } from './task.ts';
import { OpenWindow, type SensorWindow, type WindowEvent } from './window.ts';
import type { WindowerCounts, WindowPolicy } from './window-policy.ts';

/** One board's readings -> window events, by event time. The same for training, replay and live use. */
export class Windower {
  readonly #time: EventTime;
  readonly #policy: WindowPolicy;

  constructor(task: TaskSpec) {
    const { input, window } = task;
    this.#time = new EventTime((input.kind === 'rate' ? input.maxGapMs : input.maxAgeMs) * 1000);
    this.#policy = !isRateTask(task)
      ? new SnapshotWindows(task)
      : window.trigger
        ? new TriggeredWindows(task, window.trigger)
        : new HoppingWindows(task, window.hopMs! * 1000);
  }

  *add(reading: SensorReading): Generator<WindowEvent> {
    const { readings, restarted } = this.#time.admit(reading);
    if (restarted) yield* this.#policy.restart();
    for (const believed of readings) yield* this.#policy.add(believed);
  }

  /** The end of a recording: rows up to `nowUs` are final, windows still open are abandoned. */
  end(nowUs: number): Iterable<WindowEvent> {
    return this.#policy.end(nowUs);
  }

  get counts(): WindowerCounts {
    const { late, gaps } = this.#policy;
    const { outliers, restarts } = this.#time;
    return { late, gaps, outliers, restarts };
  }
}

/**
 * The window of a recording that starts at `startUs`: what a live window opened there holds.
 * Undefined when the recording has a longer gap there than the task allows.
 */
export function cutWindow(task: TaskSpec, recording: Recording, startUs: number): SensorWindow | undefined {
  if (!isRateTask(task)) return SnapshotWindows.at(task, recording, startUs);
  const window = new OpenWindow(task, startUs);
  const maxGapUs = task.input.maxGapMs * 1000;
  const rows: Float64Array[] = [];
  const { timesUs } = recording;
  let i = firstAtOrAfter(timesUs, startUs);
  const before = i > 0 && startUs - timesUs[i - 1]! <= maxGapUs ? i - 1 : i;
  if (before < timesUs.length) window.seed(readingAt(recording, before).values);
  for (; i < timesUs.length && timesUs[i]! < window.endUs; i++) {
    const reading = readingAt(recording, i);
    rows.push(...window.advance(reading.timeUs));
    if (window.hasGap) return undefined;
    window.add(reading);
  }
  rows.push(...window.advance(window.endUs));
  if (window.hasGap) return undefined;
  return { startUs, endUs: window.endUs, rows, fill: window.fill };
}

function firstAtOrAfter(timesUs: Float64Array, atUs: number): number {
  let low = 0;
  let high = timesUs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesUs[middle]! < atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
