import { setTimeout } from 'node:timers/promises';
import type { EnergyCounter } from '../machine/energy-counter.ts';
import type { Work } from './work.ts';

/** What a model's work takes from the supply. */
export interface EnergyUse {
  /** Who counted, and what. */
  readonly source: string;
  /** Of the machine before the model works. */
  readonly idleW: number;
  /** While it works without a pause, idle included. */
  readonly meanW: number;
  /** By which a window costs more than idling as long. */
  readonly joulesPerWindow: number;
}

/** Within this time a counter does not wrap twice, and power changes little. */
const LOOK_EVERY_MS = 250;

/** How long is looked, at idleness and at work. */
export interface EnergyEffort {
  readonly idleMs: number;
  readonly workMs: number;
}

/** @returns undefined when nothing was counted: the counter stood still */
export async function energyUse(
  counter: EnergyCounter,
  work: Work,
  { idleMs, workMs }: EnergyEffort,
  signal: AbortSignal,
): Promise<EnergyUse | undefined> {
  const idle = await during(counter, () => setTimeout(idleMs, undefined, { signal }));
  let done = 0;
  const working = async (): Promise<void> => {
    const endMs = performance.now() + workMs;
    while (performance.now() < endMs) {
      signal.throwIfAborted();
      await work.run(done++);
    }
  };
  const busy = await during(counter, working);
  if (busy.joules === 0) return undefined;
  const idleW = idle.joules / idle.seconds;
  return {
    source: counter.source,
    idleW,
    meanW: busy.joules / busy.seconds,
    joulesPerWindow: Math.max(0, busy.joules - idleW * busy.seconds) / done,
  };
}

/** The energy that something takes. Rejects as that does. */
async function during(
  counter: EnergyCounter,
  act: () => Promise<void>,
): Promise<{ joules: number; seconds: number }> {
  const startJoules = await counter.joules();
  const startMs = performance.now();
  // One after the other: an older count that came last would be taken for one that wrapped.
  let asked = Promise.resolve(startJoules);
  const ask = (): Promise<number> => {
    asked = asked.then(() => counter.joules());
    return asked;
  };
  const looking = setInterval(() => void ask(), LOOK_EVERY_MS);
  try {
    await act();
  } finally {
    clearInterval(looking);
  }
  const joules = (await ask()) - startJoules;
  return { joules, seconds: (performance.now() - startMs) / 1000 };
}
