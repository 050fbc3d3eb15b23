import { Duplicates } from './duplicates.ts';
import { EventTime } from './event-time.ts';
import { HoppingWindows, TriggeredWindows } from './rate-windows.ts';
import type { SensorReading } from './reading.ts';
import { type Recording, readingAt } from './recording.ts';
import { SnapshotWindows } from './snapshot.ts';
import { isRateTask, type TaskSpec, toUs } from './task.ts';
import { concerns, OpenWindow, type SensorWindow, type WindowEvent } from './window.ts';
import type { WindowerCounts, WindowPolicy } from './window-policy.ts';

/** One board's readings -> window events, by event time. The same for training, replay and live use. */
export class Windower {
  readonly #task: TaskSpec;
  readonly #duplicates = new Duplicates();
  readonly #time: EventTime;
  readonly #policy: WindowPolicy;

  constructor(task: TaskSpec) {
    const { input, window } = task;
    this.#task = task;
    this.#time = new EventTime(toUs(input.kind === 'rate' ? input.maxGapMs : input.maxAgeMs));
    this.#policy = !isRateTask(task)
      ? new SnapshotWindows(task)
      : window.trigger
        ? new TriggeredWindows(task, window.trigger)
        : new HoppingWindows(task, toUs(window.hopMs!));
  }

  *add(reading: SensorReading): Generator<WindowEvent> {
    if (!concerns(this.#task, reading) || this.#duplicates.isDuplicate(reading)) return;
    const { readings, restarted } = this.#time.admit(reading);
    if (restarted) yield* this.#policy.restart();
    for (const believed of readings) yield* this.#policy.add(believed);
  }

  /** Ends the windows of a board that has fallen silent: complete but for an allowed gap, or abandoned. */
  silence(): Iterable<WindowEvent> {
    return this.#policy.silence();
  }

  /** The end of a recording: what its last sample completes is final, windows still open are abandoned. */
  *end(): Generator<WindowEvent> {
    for (const believed of this.#time.end()) yield* this.#policy.add(believed);
    yield* this.#policy.end(this.#time.knownUntilUs);
  }

  get counts(): WindowerCounts {
    const { late, gaps } = this.#policy;
    const { outliers, restarts } = this.#time;
    return { late, gaps, outliers, restarts, duplicates: this.#duplicates.count };
  }
}

/**
 * The window of a recording that starts at `startUs`: what a live window opened there holds.
 * Undefined when the recording has a longer gap there than the task allows.
 */
export const cutWindow = (task: TaskSpec, recording: Recording, startUs: number): SensorWindow | undefined =>
  cut(task, recording, startUs, false);

/** The same whatever is missing: for scoring, where every row of a data set gets an answer. */
export const cutWindowOverGaps = (task: TaskSpec, recording: Recording, startUs: number): SensorWindow =>
  cut(task, recording, startUs, true)!;

function cut(
  task: TaskSpec,
  recording: Recording,
  startUs: number,
  overGaps: boolean,
): SensorWindow | undefined {
  if (!isRateTask(task)) return SnapshotWindows.at(task, recording, startUs);
  const limits = overGaps ? { ...task, input: { ...task.input, maxGapMs: Number.POSITIVE_INFINITY } } : task;
  const window = new OpenWindow(limits, startUs);
  const rows: Float64Array[] = [];
  const { timesUs } = recording;
  let i = firstAtOrAfter(timesUs, startUs);
  window.seed(nearestSample(task, recording, i - 1, -1), nearestSample(task, recording, i, 1));
  for (; i < timesUs.length && timesUs[i]! < window.endUs; i++) {
    const reading = readingAt(recording, i);
    rows.push(...window.advance(reading.timeUs));
    if (window.hasGap) return undefined;
    if (window.add(reading)) rows.push(...window.complete());
  }
  rows.push(...window.advance(window.endUs));
  if (window.hasGap) return undefined;
  return { startUs, endUs: window.endUs, rows, fill: window.fill };
}

/** The first reading from index `i` on, forwards or backwards, that has a sample for the task. */
function nearestSample(
  task: TaskSpec,
  recording: Recording,
  i: number,
  direction: 1 | -1,
): SensorReading | undefined {
  for (; i >= 0 && i < recording.timesUs.length; i += direction) {
    const reading = readingAt(recording, i);
    if (concerns(task, reading)) return reading;
  }
  return undefined;
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
