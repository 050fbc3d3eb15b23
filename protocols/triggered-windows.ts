import { OpenWindows } from './open-windows.ts';
import type { SensorReading } from './reading.ts';
import { type RateTask, toUs } from './task.ts';
import { Trigger } from './trigger.ts';
import { OpenWindow } from './window.ts';
import type { TellWindow, WindowPolicy } from './window-policy.ts';
import type { TriggerSpec } from './window-spec.ts';

/** Readings kept for the part of a window before its trigger: four seconds of a fast board. A flood must not fill the memory. */
const MAX_HISTORY = 4096;

/**
 * A window where something happens: it starts `preMs` before the reading at which the trigger fires, so
 * that the event sits where the model expects it. One window at a time; the trigger is armed again
 * when it has been quiet for `quietMs` and the window is closed.
 */
export class TriggeredWindows implements WindowPolicy {
  readonly #windows: OpenWindows;
  readonly #trigger: Trigger;
  readonly #preUs: number;
  /** Readings of the last `preMs` and the one just before them, oldest first. */
  #history: SensorReading[] = [];
  late = 0;
  crowded = 0;

  constructor(task: RateTask, trigger: TriggerSpec) {
    this.#windows = new OpenWindows((startUs) => new OpenWindow(task, startUs));
    this.#trigger = new Trigger(trigger);
    this.#preUs = toUs(trigger.preMs);
  }

  get gaps(): number {
    return this.#windows.gaps;
  }

  add(reading: SensorReading, tell: TellWindow): void {
    const last = this.#history.at(-1);
    if (last && reading.timeUs < last.timeUs) {
      const isInTime = this.#slipIn(reading, last);
      const isTaken = this.#windows.isEmpty ? isInTime : this.#windows.add(reading, tell);
      if (!isTaken) this.late++;
      return;
    }
    this.#windows.advance(reading.timeUs, reading.arrivalMs, tell);
    this.#remember(reading);
    if (this.#trigger.watch(reading, this.#windows.isEmpty)) this.#open(reading, tell);
    else this.#windows.add(reading, tell);
  }

  silence(tell: TellWindow): void {
    this.#windows.expire(this.#history.at(-1)?.arrivalMs ?? 0, tell);
  }

  end(nowUs: number, tell: TellWindow): void {
    this.#windows.advance(nowUs, this.#history.at(-1)?.arrivalMs ?? 0, tell);
    this.#windows.abandon(tell);
  }

  restart(tell: TellWindow): void {
    this.#windows.abandon(tell);
    this.#history = [];
    this.#trigger.restart();
  }

  /** Opens the window in the past and feeds it what was kept, up to and with the reading that fired. */
  #open(fired: SensorReading, tell: TellWindow): void {
    const startUs = fired.timeUs - this.#preUs;
    const inside = this.#history.filter(({ timeUs }) => timeUs >= startUs);
    const before = this.#history.at(-1 - inside.length);
    this.#windows.openAt(startUs, before, inside[0]!, tell);
    for (const reading of inside) {
      this.#windows.advance(reading.timeUs, fired.arrivalMs, tell);
      this.#windows.add(reading, tell);
    }
  }

  /** Puts a reading that comes out of order where it belongs in the history, unless it is too old for it. */
  #slipIn(reading: SensorReading, last: SensorReading): boolean {
    if (reading.timeUs < last.timeUs - this.#preUs) return false;
    const i = this.#history.findLastIndex(({ timeUs }) => timeUs <= reading.timeUs);
    this.#history.splice(i + 1, 0, reading);
    this.#drop(Math.max(0, this.#history.length - MAX_HISTORY), true);
    return true;
  }

  #remember(reading: SensorReading): void {
    this.#history.push(reading);
    const keepFromUs = reading.timeUs - this.#preUs;
    let drop = 0;
    while (drop + 1 < this.#history.length && this.#history[drop + 1]!.timeUs < keepFromUs) drop++;
    this.#drop(drop, false);
    this.#drop(Math.max(0, this.#history.length - MAX_HISTORY), true);
  }
  /** Forgets the oldest; those that a window might still have wanted are counted. */
  #drop(count: number, tooSoon: boolean): void {
    if (count === 0) return;
    this.#history.splice(0, count);
    if (tooSoon) this.crowded += count;
  }
}
