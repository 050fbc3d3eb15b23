import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnergyCounter } from './energy-counter.ts';
import { integerIn, namesIn, textOf } from './sysfs.ts';

/** `intel-rapl:0` is a processor; `intel-rapl:0:1` a part of it. AMD's have the same names. */
const ZONE = /^intel-rapl:\d+(:\d+)?$/;
/** Memory is counted beside the package; cores and graphics are within it, `psys` is all of these again. */
const COUNTED = /^(package-\d+|dram)$/;

export type Rapl = { readonly counter: EnergyCounter } | { readonly forbidden: boolean };

/**
 * The energy counters in the processor.
 *
 * @param folder Linux powercap: `energy_uj` wraps at `max_energy_range_uj` (power/powercap/powercap)
 * @returns forbidden: there are some, which this user may not read
 */
export async function openRapl(folder: string): Promise<Rapl> {
  const zones: Zone[] = [];
  let forbidden = false;
  for (const zone of (await namesIn(folder)).filter((name) => ZONE.test(name))) {
    const name = await textOf(join(folder, zone, 'name'));
    if (!COUNTED.test(name)) continue;
    const path = join(folder, zone, 'energy_uj');
    const rangeUj = await integerIn(join(folder, zone, 'max_energy_range_uj'));
    const energyUj = await integerIn(path);
    if (energyUj !== null && rangeUj !== null) zones.push(new Zone(name, path, rangeUj, energyUj));
    else forbidden ||= await isForbidden(path);
  }
  return zones.length === 0 ? { forbidden } : { counter: new RaplCounter(zones) };
}

const isForbidden = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  );

class RaplCounter implements EnergyCounter {
  readonly source: string;
  readonly #zones: readonly Zone[];

  constructor(zones: readonly Zone[]) {
    this.source = `RAPL (${zones.map(({ name }) => name).join(', ')})`;
    this.#zones = zones;
  }

  async joules(): Promise<number> {
    const joules = await Promise.all(this.#zones.map((zone) => zone.joules()));
    return joules.reduce((sum, each) => sum + each);
  }
}

/** A counter of microjoules which begins again at 0 after its range: in some minutes on a busy server. */
class Zone {
  readonly name: string;
  readonly #path: string;
  readonly #rangeUj: number;
  #lastUj: number;
  #sumUj = 0;

  constructor(name: string, path: string, rangeUj: number, energyUj: number) {
    this.name = name;
    this.#path = path;
    this.#rangeUj = rangeUj;
    this.#lastUj = energyUj;
  }

  async joules(): Promise<number> {
    const nowUj = (await integerIn(this.#path)) ?? this.#lastUj;
    const grownUj = nowUj - this.#lastUj;
    this.#sumUj += grownUj < 0 ? grownUj + this.#rangeUj : grownUj;
    this.#lastUj = nowUj;
    return this.#sumUj / 1e6;
  }
}
