import { join } from 'node:path';
import { namesIn, textOf } from './sysfs.ts';

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
    if (/^(0x)?[0-9a-f]+$/i.test(firmware)) return (Number.parseInt(firmware, 16) & PI_THROTTLED_NOW) !== 0;
    const events = await this.#countEvents();
    if (events === undefined) return null;
    const hasGrown = this.#events !== undefined && events > this.#events;
    this.#events = events;
    return hasGrown;
  }

  async #countEvents(): Promise<number | undefined> {
    const folder = join(this.#folder, 'system', 'cpu');
    const cpus = (await namesIn(folder)).filter((name) => /^cpu\d+$/.test(name));
    const files = cpus.flatMap((cpu) =>
      ['core', 'package'].map((part) => join(folder, cpu, 'thermal_throttle', `${part}_throttle_count`)),
    );
    const texts = await Promise.all(files.map(textOf));
    const counts = texts.filter((text) => /^\d+$/.test(text)).map(Number);
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count);
  }
}
