import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Throttling } from '../../../agent/machine/throttling.ts';
import { temporaryFolder } from '../rig.ts';

describe('throttling', () => {
  const write = async (folder: string, name: string, text: string) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), text);
  };

  it('is unknown where the machine does not tell', async () => {
    expect(await new Throttling(join(await temporaryFolder(), 'absent')).now()).toBeNull();
  });

  it('is there on a PC when a processor counts further events', async () => {
    const folder = await temporaryFolder();
    const count = (cpu: number, part: string, events: number) =>
      write(
        join(folder, 'system', 'cpu', `cpu${cpu}`, 'thermal_throttle'),
        `${part}_throttle_count`,
        `${events}\n`,
      );
    await count(0, 'core', 7);
    await count(1, 'core', 0);
    await count(1, 'package', 7);
    const throttling = new Throttling(folder);
    expect(await throttling.now()).toBe(false);
    await count(1, 'core', 1);
    expect(await throttling.now()).toBe(true);
    expect(await throttling.now()).toBe(false);
  });

  it.each([
    ['0', false],
    ['50000', false],
    ['50005', true],
    ['0x8', true],
  ])('is told by a Raspberry Pi: %s is %s', async (text, isThrottled) => {
    const folder = await temporaryFolder();
    await write(join(folder, 'platform', 'soc', 'soc:firmware'), 'get_throttled', `${text}\n`);
    expect(await new Throttling(folder).now()).toBe(isThrottled);
  });
});
