import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Throttling, temperatureC } from '../../agent/machine.ts';
import { temporaryFolder } from './rig.ts';

it('takes the hottest zone that can be read, and null where there is none', async () => {
  const folder = await temporaryFolder();
  expect(await temperatureC(join(folder, 'absent'))).toBeNull();
  expect(await temperatureC(folder)).toBeNull();
  const zones = {
    thermal_zone0: '41200\n',
    thermal_zone1: '48750\n',
    thermal_zone2: 'n/a',
    cooling_device0: '99000',
  };
  for (const [zone, text] of Object.entries(zones)) {
    await mkdir(join(folder, zone));
    await writeFile(join(folder, zone, 'temp'), text);
  }
  expect(await temperatureC(folder)).toBe(48.75);
});

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
