import type { EnergyCounter } from '../machine/energy-counter.ts';
import { frequencyMhz } from '../machine/frequency.ts';
import { temperatureC } from '../machine/temperature.ts';
import { Throttling } from '../machine/throttling.ts';

/** How the machine is doing; null is what it does not tell. */
export interface MachineState {
  readonly temperatureC: number | null;
  /** Of the fastest core. */
  readonly frequencyMhz: number | null;
  /** Since the last look. */
  readonly throttled: boolean | null;
  /** On average since the last look; null at the first. */
  readonly watts: number | null;
}

/** Looks at the machine again and again. */
export class MachineWatch {
  readonly #energy: EnergyCounter | undefined;
  readonly #throttling = new Throttling();
  #last: { readonly atMs: number; readonly joules: number } | undefined;

  constructor(energy: EnergyCounter | undefined) {
    this.#energy = energy;
  }

  async look(): Promise<MachineState> {
    return {
      temperatureC: await temperatureC(),
      frequencyMhz: await frequencyMhz(),
      throttled: await this.#throttling.now(),
      watts: await this.#watts(),
    };
  }

  async #watts(): Promise<number | null> {
    if (!this.#energy) return null;
    const now = { joules: await this.#energy.joules(), atMs: performance.now() };
    const before = this.#last;
    this.#last = now;
    return before ? (1000 * (now.joules - before.joules)) / (now.atMs - before.atMs) : null;
  }
}
