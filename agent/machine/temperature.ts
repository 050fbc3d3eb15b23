import { join } from 'node:path';
import { integerIn, namesIn, textOf } from './sysfs.ts';

/** Where Linux keeps the thermometers; a test has folders of its own. */
export interface TemperatureFolders {
  readonly thermal: string;
  readonly hwmon: string;
}

const LINUX: TemperatureFolders = { thermal: '/sys/class/thermal', hwmon: '/sys/class/hwmon' };

/** Drivers of the thermometers within processors: PCs with one of AMD's often have no thermal zone. */
const PROCESSOR_CHIP = /^(coretemp|k10temp|zenpower|cpu_thermal)$/;

/**
 * The hottest thermal zone of this machine in degrees Celsius; where there is none, the hottest sensor of its processor. Null
 * where neither tells.
 *
 * @param folders Linux thermal sysfs: `thermal_zone<n>/temp`; hwmon: `temp<n>_input`; both in millidegrees (kernel,
 *   driver-api/thermal/sysfs-api, hwmon/sysfs-interface)
 */
export async function temperatureC({ thermal, hwmon }: TemperatureFolders = LINUX): Promise<number | null> {
  return (await hottestC(await zonesIn(thermal))) ?? (await hottestC(await processorSensorsIn(hwmon)));
}

async function zonesIn(folder: string): Promise<string[]> {
  const zones = (await namesIn(folder)).filter((name) => name.startsWith('thermal_zone'));
  return zones.map((zone) => join(folder, zone, 'temp'));
}

async function processorSensorsIn(folder: string): Promise<string[]> {
  const sensors: string[] = [];
  for (const chip of await namesIn(folder)) {
    const path = join(folder, chip);
    if (!PROCESSOR_CHIP.test(await textOf(join(path, 'name')))) continue;
    const inputs = (await namesIn(path)).filter((name) => /^temp\d+_input$/.test(name));
    sensors.push(...inputs.map((input) => join(path, input)));
  }
  return sensors;
}

async function hottestC(files: readonly string[]): Promise<number | null> {
  const readings = await Promise.all(files.map(integerIn));
  const known = readings.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known) / 1000;
}
