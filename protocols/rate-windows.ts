import type { SensorReading } from './reading.ts';
import { type RateTask, type TriggerSpec, toUs } from './task.ts';
import { OpenWindow, type Row, type WindowEvent } from './window.ts';
import type { WindowPolicy } from './window-policy.ts';

/** The windows of one board that are open now, each with its number, fed together. */
class OpenWindows {
  readonly #task: RateTask;
  readonly #open = new Map<number, OpenWindow>();
  #next = 0;
  gaps = 0;

  constructor(task: RateTask) {
    this.#task = task;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** `before` is the last reading before the window, `first` the first one in it. */
  *openAt(startUs: number, before: SensorReading | undefined, first: SensorReading): Generator<WindowEvent> {
    const window = new OpenWindow(this.#task, startUs);
    window.seed(before, first);
    const id = this.#next++;
    this.#open.set(id, window);
    yield { type: 'opened', window: id, startUs };
  }

  *advance(nowUs: number, arrivalMs: number): Generator<WindowEvent> {
    for (const [id, window] of this.#open) yield* this.#follow(id, window, window.advance(nowUs), arrivalMs);
  }

  /** Returns false when no open window had room for the reading any more. */
  *add(reading: SensorReading): Generator<WindowEvent, boolean> {
    let taken = false;
    for (const [id, window] of this.#open) {
      if (!window.add(reading)) continue;
      taken = true;
      yield* this.#follow(id, window, window.complete(), reading.arrivalMs);
    }
    return taken;
  }

  /** No more readings are expected: every window ends as if the next one came after its end. */
  *expire(arrivalMs: number): Generator<WindowEvent> {
    for (const [id, window] of this.#open) {
      yield* this.#follow(id, window, window.advance(window.endUs), arrivalMs);
    }
  }

  *abandon(): Generator<WindowEvent> {
    for (const id of this.#open.keys()) yield { type: 'abandoned', window: id, reason: 'end' };
    this.#open.clear();
  }

  /** Passes on what became final of a window, and its end when that was the last of it. */
  *#follow(id: number, window: OpenWindow, rows: Iterable<Row>, arrivalMs: number): Generator<WindowEvent> {
    for (const row of rows) yield { type: 'step', window: id, row };
    if (window.hasGap) {
      this.gaps++;
      this.#open.delete(id);
      yield { type: 'abandoned', window: id, reason: 'gap' };
    } else if (window.isComplete) {
      const { startUs, endUs, rows: count, fill } = window;
      this.#open.delete(id);
      yield { type: 'closed', window: id, startUs, endUs, rows: count, fill, arrivalMs };
    }
  }
}

/** A window every `hopUs`, from the first reading on, and anew after a gap. */
export class HoppingWindows implements WindowPolicy {
  readonly #windows: OpenWindows;
  readonly #hopUs: number;
  readonly #maxGapUs: number;
  #nextStartUs: number | undefined;
  #last: SensorReading | undefined;
  late = 0;

  constructor(task: RateTask, hopUs: number) {
    this.#windows = new OpenWindows(task);
    this.#hopUs = hopUs;
    this.#maxGapUs = toUs(task.input.maxGapMs);
  }

  get gaps(): number {
    return this.#windows.gaps;
  }

  *add(reading: SensorReading): Generator<WindowEvent> {
    const { timeUs } = reading;
    if (this.#last && timeUs < this.#last.timeUs) {
      if (!(yield* this.#windows.add(reading))) this.late++;
      return;
    }
    yield* this.#windows.advance(timeUs, reading.arrivalMs);
    const afterGap = this.#last !== undefined && timeUs - this.#last.timeUs > this.#maxGapUs;
    if (this.#nextStartUs === undefined || afterGap) this.#nextStartUs = timeUs;
    for (; this.#nextStartUs <= timeUs; this.#nextStartUs += this.#hopUs) {
      yield* this.#windows.openAt(this.#nextStartUs, this.#last, reading);
      // The new window may start several empty rows before this reading.
      yield* this.#windows.advance(timeUs, reading.arrivalMs);
    }
    yield* this.#windows.add(reading);
    this.#last = reading;
  }

  *silence(): Generator<WindowEvent> {
    yield* this.#windows.expire(this.#last?.arrivalMs ?? 0);
  }

  *end(nowUs: number): Generator<WindowEvent> {
    yield* this.#windows.advance(nowUs, this.#last?.arrivalMs ?? 0);
    yield* this.#windows.abandon();
  }

  *restart(): Generator<WindowEvent> {
    yield* this.#windows.abandon();
    this.#nextStartUs = undefined;
    this.#last = undefined;
  }
}

/**
 * A window where something happens: it starts `preMs` before the reading that crosses the level, so
 * that the event sits where the model expects it. One window at a time; the trigger is armed again
 * when the channel has been back at its quiet level for `quietMs` and the window is closed.
 */
export class TriggeredWindows implements WindowPolicy {
  readonly #windows: OpenWindows;
  readonly #trigger: TriggerSpec;
  readonly #preUs: number;
  /** Readings of the last `preMs` and the one just before them, oldest first. */
  #history: SensorReading[] = [];
  /** Since when the channel has been quiet; undefined while it is not. */
  #quietSinceUs: number | undefined;
  #armed = false;
  late = 0;

  constructor(task: RateTask, trigger: TriggerSpec) {
    this.#windows = new OpenWindows(task);
    this.#trigger = trigger;
    this.#preUs = toUs(trigger.preMs);
  }

  get gaps(): number {
    return this.#windows.gaps;
  }

  *add(reading: SensorReading): Generator<WindowEvent> {
    const last = this.#history.at(-1);
    if (last && reading.timeUs < last.timeUs) {
      const isKept = this.#slipIn(reading, last);
      const isTaken = this.#windows.isEmpty ? isKept : yield* this.#windows.add(reading);
      if (!isTaken) this.late++;
      return;
    }
    yield* this.#windows.advance(reading.timeUs, reading.arrivalMs);
    this.#remember(reading);
    const fires = this.#watch(reading);
    if (fires && this.#windows.isEmpty) {
      this.#armed = false;
      yield* this.#open(reading);
    } else {
      yield* this.#windows.add(reading);
    }
  }

  *silence(): Generator<WindowEvent> {
    yield* this.#windows.expire(this.#history.at(-1)?.arrivalMs ?? 0);
  }

  *end(nowUs: number): Generator<WindowEvent> {
    yield* this.#windows.advance(nowUs, this.#history.at(-1)?.arrivalMs ?? 0);
    yield* this.#windows.abandon();
  }

  *restart(): Generator<WindowEvent> {
    yield* this.#windows.abandon();
    this.#history = [];
    this.#armed = false;
    this.#quietSinceUs = undefined;
  }

  /** Follows the level; true when this reading crosses it while the trigger is armed. */
  #watch({ values, timeUs }: SensorReading): boolean {
    const { channel, below, above, release, quietMs } = this.#trigger;
    const value = values[channel];
    if (value === undefined) return false;
    const isActive = below === undefined ? value > above! : value < below;
    const isQuiet = below === undefined ? value <= release : value >= release;
    if (!isQuiet) this.#quietSinceUs = undefined;
    else this.#quietSinceUs ??= timeUs;
    const longQuiet = this.#quietSinceUs !== undefined && timeUs - this.#quietSinceUs >= toUs(quietMs);
    if (longQuiet && this.#windows.isEmpty) this.#armed = true;
    return isActive && this.#armed;
  }

  /** Opens the window in the past and feeds it what was kept, up to and with the crossing reading. */
  *#open(crossing: SensorReading): Generator<WindowEvent> {
    const startUs = crossing.timeUs - this.#preUs;
    const inside = this.#history.filter(({ timeUs }) => timeUs >= startUs);
    const before = this.#history.at(-1 - inside.length);
    yield* this.#windows.openAt(startUs, before, inside[0]!);
    for (const reading of inside) {
      yield* this.#windows.advance(reading.timeUs, crossing.arrivalMs);
      yield* this.#windows.add(reading);
    }
  }

  /** Puts a reading that comes out of order where it belongs in the history, unless it is too old for it. */
  #slipIn(reading: SensorReading, last: SensorReading): boolean {
    if (reading.timeUs < last.timeUs - this.#preUs) return false;
    const i = this.#history.findLastIndex(({ timeUs }) => timeUs <= reading.timeUs);
    this.#history.splice(i + 1, 0, reading);
    return true;
  }

  #remember(reading: SensorReading): void {
    this.#history.push(reading);
    const keepFromUs = reading.timeUs - this.#preUs;
    let drop = 0;
    while (drop + 1 < this.#history.length && this.#history[drop + 1]!.timeUs < keepFromUs) drop++;
    if (drop > 0) this.#history.splice(0, drop);
  }
}
