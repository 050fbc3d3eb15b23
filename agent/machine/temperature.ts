import { join } from 'node:path';
import { integerIn, namesIn } from './sysfs.ts';

const THERMAL = '/sys/class/thermal';

/**
 * The hottest thermal zone of this machine in degrees Celsius, or null where it does not tell.
 *
 * @param folder Linux thermal sysfs: `thermal_zone<n>/temp` in millidegrees (kernel, driver-api/thermal/sysfs-api)
 */
export async function temperatureC(folder = THERMAL): Promise<number | null> {
  const zones = (await namesIn(folder)).filter((name) => name.startsWith('thermal_zone'));
  const readings = await Promise.all(zones.map((zone) => integerIn(join(folder, zone, 'temp'))));
  const known = readings.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known) / 1000;
}
