import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const THERMAL = '/sys/class/thermal';

/**
 * The hottest thermal zone of this machine in degrees Celsius, or null where it does not tell.
 *
 * @param folder Linux thermal sysfs: `thermal_zone<n>/temp` in millidegrees (kernel, driver-api/thermal/sysfs-api)
 */
export async function temperatureC(folder = THERMAL): Promise<number | null> {
  const zones = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('thermal_zone'));
  const readings = await Promise.all(zones.map((zone) => millidegrees(join(folder, zone, 'temp'))));
  const known = readings.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known) / 1000;
}

async function millidegrees(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^-?\d+\s*$/.test(text) ? Number(text) : null;
}
