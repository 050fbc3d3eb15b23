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

const DEVICES = '/sys/devices';
/** Bits 0..3: under-voltage, frequency capped, throttled, soft temperature limit; the higher ones tell of the past. */
const PI_THROTTLED_NOW = 0xf;

/** Whether this machine's processor is being slowed down, by heat or a weak supply. */
export class Throttling {
  readonly #folder: string;
  #events: number | undefined;

  constructor(folder = DEVICES) {
    this.#folder = folder;
  }

  /**
   * Since the last call, on a PC (`thermal_throttle/` of each processor counts events: Linux, Documentation/ABI,
   * sysfs-devices-system-cpu); at this moment, on a Raspberry Pi (`get_throttled` of its firmware, hexadecimal).
   * Null where the machine does not tell.
   */
  async now(): Promise<boolean | null> {
    const firmware = await textOf(join(this.#folder, 'platform', 'soc', 'soc:firmware', 'get_throttled'));
    if (/^(0x)?[0-9a-f]+\s*$/i.test(firmware))
      return (Number.parseInt(firmware, 16) & PI_THROTTLED_NOW) !== 0;
    const events = await this.#countEvents();
    if (events === undefined) return null;
    const hasGrown = this.#events !== undefined && events > this.#events;
    this.#events = events;
    return hasGrown;
  }

  async #countEvents(): Promise<number | undefined> {
    const folder = join(this.#folder, 'system', 'cpu');
    const cpus = (await readdir(folder).catch(() => [])).filter((name) => /^cpu\d+$/.test(name));
    const files = cpus.flatMap((cpu) =>
      ['core', 'package'].map((part) => join(folder, cpu, 'thermal_throttle', `${part}_throttle_count`)),
    );
    const texts = await Promise.all(files.map(textOf));
    const counts = texts.filter((text) => /^\d+\s*$/.test(text)).map(Number);
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count);
  }
}

/** Empty when there is no such file. */
const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

async function millidegrees(path: string): Promise<number | null> {
  const text = await textOf(path);
  return /^-?\d+\s*$/.test(text) ? Number(text) : null;
}
