import { CountedWindow, CountedWindows } from './count-windows.ts';
import { Duplicates } from './duplicates.ts';
import { EventTime } from './event-time.ts';
import { HoppingWindows } from './rate-windows.ts';
import type { SensorReading } from './reading.ts';
import { type Recording, readingAt } from './recording.ts';
import { Reorder } from './reorder.ts';
import { SnapshotWindows } from './snapshot.ts';
import { isRateTask, type RateTask, type TaskSpec, toUs } from './task.ts';
import { TriggeredWindows } from './triggered-windows.ts';
import { concerns, type FillingWindow, OpenWindow, type SensorWindow, type WindowEvent } from './window.ts';
import type { WindowerCounts, WindowPolicy } from './window-policy.ts';

export interface WindowerOptions {
  /**
   * How far a reading may fall behind the newest of its board and still take its place in time: as long do all readings
   * wait. Nothing waits when it is 0; then a reading may be late within its step alone.
   */
  readonly reorderMs?: number | undefined;
}

const NO_EVENTS: readonly WindowEvent[] = [];

/** One board's readings -> window events, by event time. The same for training, replay and live use. */
export class Windower {
  readonly #task: TaskSpec;
  readonly #duplicates = new Duplicates();
  readonly #time: EventTime;
  /** None where nothing waits. */
  readonly #reorder: Reorder | undefined;
  readonly #policy: WindowPolicy;
  readonly #known: KnownTime;
  #events: WindowEvent[] = [];
  readonly #tell = (event: WindowEvent): void => void this.#events.push(event);

  constructor(task: TaskSpec, { reorderMs = 0 }: WindowerOptions = {}) {
    const { input } = task;
    this.#task = task;
    const maxGapUs = toUs(input.kind === 'rate' ? input.maxGapMs : input.maxAgeMs);
    this.#time = new EventTime(maxGapUs);
    this.#known = new KnownTime(maxGapUs);
    this.#reorder = reorderMs > 0 ? new Reorder(toUs(reorderMs)) : undefined;
    this.#policy = policyOf(task);
  }

  add(reading: SensorReading): readonly WindowEvent[] {
    if (!concerns(this.#task, reading) || this.#duplicates.isDuplicate(reading)) return NO_EVENTS;
    const { readings, restarted } = this.#time.admit(reading);
    if (restarted) {
      this.#flush();
      this.#policy.restart(this.#tell);
      this.#known.restart();
    }
    this.#order(readings);
    return this.#told();
  }

  /** Ends the windows of a board that has fallen silent: complete but for an allowed gap, or abandoned. */
  silence(): readonly WindowEvent[] {
    this.#flush();
    this.#policy.silence(this.#tell);
    return this.#told();
  }

  /** The end of a recording: what its last sample completes is final, windows still open are abandoned. */
  end(): readonly WindowEvent[] {
    this.#order(this.#time.end());
    this.#flush();
    this.#policy.end(this.#known.untilUs, this.#tell);
    return this.#told();
  }

  get counts(): WindowerCounts {
    const { late, gaps, crowded } = this.#policy;
    const { outliers, restarts } = this.#time;
    return { late, gaps, outliers, restarts, crowded, duplicates: this.#duplicates.count };
  }

  #order(believed: readonly SensorReading[]): void {
    if (this.#reorder === undefined) this.#take(believed);
    else for (const reading of believed) this.#take(this.#reorder.add(reading));
  }

  #flush(): void {
    if (this.#reorder !== undefined) this.#take(this.#reorder.flush());
  }

  #take(readings: readonly SensorReading[]): void {
    for (const reading of readings) {
      this.#known.add(reading.timeUs);
      this.#policy.add(reading, this.#tell);
    }
  }

  /** What was told since it was asked last. Most readings end nothing. */
  #told(): readonly WindowEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** Up to when a board's readings tell: the last of them stands for one interval of sampling. */
class KnownTime {
  readonly #maxGapUs: number;
  #lastUs = Number.NEGATIVE_INFINITY;
  #intervalUs = 0;

  constructor(maxGapUs: number) {
    this.#maxGapUs = maxGapUs;
  }

  get untilUs(): number {
    return this.#lastUs + this.#intervalUs;
  }

  add(timeUs: number): void {
    const stepUs = timeUs - this.#lastUs;
    if (stepUs <= 0) return;
    if (stepUs <= this.#maxGapUs) this.#intervalUs = stepUs;
    this.#lastUs = timeUs;
  }

  restart(): void {
    this.#lastUs = Number.NEGATIVE_INFINITY;
  }
}

function policyOf(task: TaskSpec): WindowPolicy {
  const { hopMs, hopReadings, trigger } = task.window;
  if (!isRateTask(task)) return new SnapshotWindows(task);
  if (trigger) return new TriggeredWindows(task, trigger);
  if (hopReadings !== undefined) return new CountedWindows(task, hopReadings);
  return new HoppingWindows(task, toUs(hopMs!));
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
  const window = begin(overGaps ? withoutGaps(task) : task, startUs);
  const rows: Float64Array[] = [];
  const { timesUs } = recording;
  let i = firstAtOrAfter(timesUs, startUs);
  window.seed(nearestSample(task, recording, i - 1, -1), nearestSample(task, recording, i, 1));
  for (; i < timesUs.length && !window.isComplete && timesUs[i]! < window.summary.endUs; i++) {
    const reading = readingAt(recording, i);
    if (!concerns(task, reading)) continue;
    rows.push(...window.advance(reading.timeUs));
    if (window.hasGap) return undefined;
    if (window.add(reading)) rows.push(...window.complete());
  }
  rows.push(...window.advance(window.summary.endUs));
  if (window.hasGap) return undefined;
  return { ...window.summary, rows };
}

const begin = (task: RateTask, startUs: number): FillingWindow =>
  task.input.steps === 'count' ? new CountedWindow(task, startUs) : new OpenWindow(task, startUs);

/** The same task for a window that is to be had whatever is missing. */
const withoutGaps = (task: RateTask): RateTask => ({
  ...task,
  input: {
    ...task.input,
    maxGapMs: Number.POSITIVE_INFINITY,
    channels: task.input.channels.map((one) =>
      one.missing === 'abandon' ? { ...one, missing: 'hold' as const } : one,
    ),
  },
});

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
