import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temperatureC } from '../../../agent/machine/temperature.ts';
import { temporaryFolder } from '../rig.ts';

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
