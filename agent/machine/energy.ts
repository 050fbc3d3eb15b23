import type { EnergyCounter } from './energy-counter.ts';
import { openPowerSensor } from './hwmon.ts';
import { openRapl } from './rapl.ts';

/** A counter, or why there is none. */
export type EnergySource = { readonly counter: EnergyCounter } | { readonly absent: string };

/** Where Linux keeps the counters; a test has folders of its own. */
export interface EnergyFolders {
  readonly powercap: string;
  readonly hwmon: string;
}

const LINUX: EnergyFolders = { powercap: '/sys/class/powercap', hwmon: '/sys/class/hwmon' };

/** The processor's own counters where they may be read, else a power sensor of the board. */
export async function findEnergyCounter({ powercap, hwmon }: EnergyFolders = LINUX): Promise<EnergySource> {
  const rapl = await openRapl(powercap);
  if ('counter' in rapl) return rapl;
  const counter = await openPowerSensor(hwmon);
  if (counter) return { counter };
  return { absent: rapl.forbidden ? onlyForRoot(powercap) : NONE };
}

const NONE =
  'this machine shows no energy counter: no RAPL in /sys/class/powercap, no energy or power sensor in /sys/class/hwmon';

/** Closed to others since they told too much of what computes (CVE-2020-8694). */
const onlyForRoot = (powercap: string): string =>
  `only root may read the RAPL counters: allow it until the next start with \`sudo chmod a+r ${powercap}/intel-rapl*/energy_uj\``;
