import { join } from 'node:path';
import type { EnergyCounter } from './energy-counter.ts';
import { integerIn, namesIn, textOf } from './sysfs.ts';

/** Chips that measure the supply of a board: INA219, INA226, INA3221, .. */
const SUPPLY_CHIP = /^ina\d+/;

/** One quantity that a chip tells. */
interface Sensor {
  /** `ina219`, `ina3221 VDD_IN`. */
  readonly name: string;
  readonly isOfSupply: boolean;
  /** Microjoules so far, or microwatts at the moment. Null when it does not answer. */
  readonly quantity: 'energy' | 'power';
  read(): Promise<number | null>;
}

/**
 * A power or energy sensor of the board: one that measures its supply before one within a chip, one that counts energy
 * before one that tells the power of the moment, which is summed over time here.
 *
 * @param folder Linux hwmon: `energy<n>_input` in uJ, `power<n>_input` and `_average` in uW, `in<n>_input` in mV,
 *   `curr<n>_input` in mA (hwmon/sysfs-interface)
 */
export async function openPowerSensor(
  folder: string,
  nowMs: () => number = () => performance.now(),
): Promise<EnergyCounter | undefined> {
  const chips = await Promise.all((await namesIn(folder)).map((chip) => sensorsOf(join(folder, chip))));
  const rank = ({ isOfSupply, quantity }: Sensor) => (isOfSupply ? 2 : 0) + (quantity === 'energy' ? 1 : 0);
  for (const sensor of chips.flat().sort((a, b) => rank(b) - rank(a))) {
    const first = await sensor.read();
    if (first === null) continue;
    return sensor.quantity === 'energy' ? energyOf(sensor, first) : summedPower(sensor, first, nowMs);
  }
  return undefined;
}

async function sensorsOf(chip: string): Promise<Sensor[]> {
  const name = await textOf(join(chip, 'name'));
  const isOfSupply = SUPPLY_CHIP.test(name);
  const files = await namesIn(chip);
  const sensors: Sensor[] = [];
  for (const file of files) {
    const [, kind, n] = /^(energy|power|curr)(\d+)_(?:input|average)$/.exec(file) ?? [];
    const read = () => integerIn(join(chip, file));
    if (kind === 'energy' || kind === 'power') {
      const label = await textOf(join(chip, `${kind}${n}_label`));
      sensors.push({ name: named(name, label), isOfSupply, quantity: kind, read });
    } else if (kind === 'curr' && isOfSupply && !files.includes(`power${n}_input`)) {
      // The INA3221 tells no power. Its first channel is the whole supply where boards have it (NVIDIA's).
      const label = await textOf(join(chip, `in${n}_label`));
      const volts = () => integerIn(join(chip, `in${n}_input`));
      const watts = async () => product(await read(), await volts());
      sensors.push({ name: named(name, label), isOfSupply, quantity: 'power', read: watts });
    }
  }
  return sensors;
}

const named = (chip: string, label: string): string => (label === '' ? chip : `${chip} ${label}`);

/** Milliamperes and millivolts are microwatts. */
const product = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a * b;

function energyOf({ name, read }: Sensor, firstUj: number): EnergyCounter {
  let lastUj = firstUj;
  return {
    source: `hwmon (${name})`,
    joules: async () => {
      lastUj = (await read()) ?? lastUj;
      return (lastUj - firstUj) / 1e6;
    },
  };
}

/** Power between two questions is taken to change evenly. */
function summedPower({ name, read }: Sensor, firstUw: number, nowMs: () => number): EnergyCounter {
  let lastUw = firstUw;
  let lastMs = nowMs();
  let joules = 0;
  return {
    source: `hwmon (${name})`,
    joules: async () => {
      const uw = (await read()) ?? lastUw;
      const atMs = nowMs();
      joules += (((lastUw + uw) / 2) * (atMs - lastMs)) / 1e9;
      lastUw = uw;
      lastMs = atMs;
      return joules;
    },
  };
}
