import { join } from 'node:path';
import { integerIn, namesIn } from './sysfs.ts';

const PROCESSORS = '/sys/devices/system/cpu';

/**
 * How fast the fastest processor core runs at the moment, in MHz, or null where the machine does not tell.
 *
 * @param folder `cpu<n>/cpufreq/scaling_cur_freq` in kHz (Linux, admin-guide/pm/cpufreq)
 */
export async function frequencyMhz(folder = PROCESSORS): Promise<number | null> {
  const cores = (await namesIn(folder)).filter((name) => /^cpu\d+$/.test(name));
  const kilohertz = await Promise.all(
    cores.map((core) => integerIn(join(folder, core, 'cpufreq', 'scaling_cur_freq'))),
  );
  const known = kilohertz.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known) / 1000;
}
