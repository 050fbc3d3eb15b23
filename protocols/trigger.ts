import type { SensorReading } from './reading.ts';
import { toUs } from './task.ts';
import type { EnergyTriggerSpec, LevelTriggerSpec, TriggerSpec } from './window-spec.ts';

/** `active`: something happens; `quiet`: nothing does; `between`: what was goes on (hysteresis). */
export type Activity = 'active' | 'quiet' | 'between';

/** Says of each reading, in order of time, whether something happens; undefined when the reading cannot tell. */
export interface Detector {
  look(reading: SensorReading): Activity | undefined;
  /** Forget the past: the board's clock has changed. */
  restart(): void;
}

/** Fires when something begins to happen: once, until it has been quiet for long enough and a window may open again. */
export class Trigger {
  readonly #detector: Detector;
  readonly #quietUs: number;
  readonly #refractoryUs: number;
  /** Since when it has been quiet; undefined while it is not. */
  #quietSinceUs: number | undefined;
  #firedUs = Number.NEGATIVE_INFINITY;
  #armed = false;

  constructor(spec: TriggerSpec) {
    this.#detector = spec.kind === 'energy' ? new EnergyDetector(spec) : new LevelDetector(spec);
    this.#quietUs = toUs(spec.quietMs);
    this.#refractoryUs = toUs(spec.refractoryMs ?? 0);
  }

  /** True when a window is to open at this reading. `isFree`: none is open. */
  watch(reading: SensorReading, isFree: boolean): boolean {
    const activity = this.#detector.look(reading);
    if (activity === undefined) return false;
    const { timeUs } = reading;
    if (activity !== 'quiet') this.#quietSinceUs = undefined;
    else this.#quietSinceUs ??= timeUs;
    const longQuiet = this.#quietSinceUs !== undefined && timeUs - this.#quietSinceUs >= this.#quietUs;
    if (longQuiet && isFree && timeUs - this.#firedUs >= this.#refractoryUs) this.#armed = true;
    if (activity !== 'active' || !this.#armed || !isFree) return false;
    this.#armed = false;
    this.#firedUs = timeUs;
    return true;
  }

  restart(): void {
    this.#detector.restart();
    this.#armed = false;
    this.#quietSinceUs = undefined;
    this.#firedUs = Number.NEGATIVE_INFINITY;
  }
}

/** Compares one channel with a level. */
class LevelDetector implements Detector {
  readonly #spec: LevelTriggerSpec;

  constructor(spec: LevelTriggerSpec) {
    this.#spec = spec;
  }

  look({ values }: SensorReading): Activity | undefined {
    const { channel, below, above, release } = this.#spec;
    const value = values[channel];
    if (value === undefined) return undefined;
    if (below === undefined ? value > above! : value < below) return 'active';
    return (below === undefined ? value <= release : value >= release) ? 'quiet' : 'between';
  }

  restart(): void {}
}

/**
 * Compares the energy of the last moment with that of the time before it. Energy is the squared distance of the channels
 * from their own long-term means, so gravity and offsets do not count. All means forget exponentially, by time and not by
 * samples, so that the rate of the board does not matter. While something happens the background stands still, but what
 * lasts longer than `longMs` becomes the new background.
 */
class EnergyDetector implements Detector {
  readonly #spec: EnergyTriggerSpec;
  /** Long-term means of the channels; undefined before their first sample. */
  #centres: (number | undefined)[] = [];
  #shortTerm = 0;
  #longTerm = 0;
  #firstUs: number | undefined;
  #lastUs = 0;
  #stirredSinceUs: number | undefined;

  constructor(spec: EnergyTriggerSpec) {
    this.#spec = spec;
    this.restart();
  }

  look({ values, timeUs }: SensorReading): Activity | undefined {
    const { channels, shortMs, longMs, ratio, release, noise } = this.#spec;
    if (!channels.some((channel) => values[channel] !== undefined)) return undefined;
    const sinceUs = this.#firstUs === undefined ? 0 : timeUs - this.#lastUs;
    this.#firstUs ??= timeUs;
    this.#lastUs = timeUs;
    const shortShare = share(sinceUs, toUs(shortMs));
    const longShare = share(sinceUs, toUs(longMs));

    const energy = this.#energy(values, longShare);
    this.#shortTerm += shortShare * (energy - this.#shortTerm);
    const isStirred = this.#stirredSinceUs !== undefined;
    if (!isStirred || timeUs - this.#stirredSinceUs! > toUs(longMs)) {
      this.#longTerm += longShare * (energy - this.#longTerm);
    }
    // Before there is a background nothing stands out from it.
    if (timeUs - this.#firstUs < toUs(longMs)) return 'between';
    const background = Math.max(this.#longTerm, noise * noise);
    if (this.#shortTerm <= release * background) {
      this.#stirredSinceUs = undefined;
      return 'quiet';
    }
    if (this.#shortTerm <= ratio * background && !isStirred) return 'between';
    this.#stirredSinceUs ??= timeUs;
    return this.#shortTerm > ratio * background ? 'active' : 'between';
  }

  restart(): void {
    this.#centres = this.#spec.channels.map(() => undefined);
    this.#shortTerm = 0;
    this.#longTerm = 0;
    this.#firstUs = undefined;
    this.#stirredSinceUs = undefined;
  }

  #energy(values: SensorReading['values'], longShare: number): number {
    let energy = 0;
    for (const [c, channel] of this.#spec.channels.entries()) {
      const value = values[channel];
      if (value === undefined) continue;
      const deviation = value - (this.#centres[c] ?? value);
      energy += deviation * deviation;
      this.#centres[c] = value - (1 - longShare) * deviation;
    }
    return energy;
  }
}

/** What the newest sample counts in a mean that forgets over `overUs`, `sinceUs` after the one before (backward Euler). */
const share = (sinceUs: number, overUs: number): number => sinceUs / (overUs + sinceUs);
