import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temperatureC } from '../../../agent/machine/temperature.ts';
import { temporaryFolder } from '../rig.ts';

/** A machine's /sys/class with these files. */
async function machine(files: Readonly<Record<string, string>>) {
  const root = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { thermal: join(root, 'thermal'), hwmon: join(root, 'hwmon') };
}

/** A disk and a processor of AMD's. */
const SENSORS = {
  'hwmon/hwmon0/name': 'nvme\n',
  'hwmon/hwmon0/temp1_input': '70000\n',
  'hwmon/hwmon1/name': 'k10temp\n',
  'hwmon/hwmon1/temp1_input': '55125\n',
  'hwmon/hwmon1/temp1_label': 'Tctl\n',
  'hwmon/hwmon1/temp3_input': '51000\n',
};

it('takes the hottest zone that can be read', async () => {
  const zones = {
    'thermal/thermal_zone0/temp': '41200\n',
    'thermal/thermal_zone1/temp': '48750\n',
    'thermal/thermal_zone2/temp': 'n/a',
    'thermal/cooling_device0/temp': '99000',
  };
  expect(await temperatureC(await machine({ ...zones, ...SENSORS }))).toBe(48.75);
});

it('takes the hottest sensor of the processor where there is no zone', async () => {
  expect(await temperatureC(await machine(SENSORS))).toBe(55.125);
});

it('is null where neither tells', async () => {
  expect(await temperatureC(await machine({}))).toBeNull();
  expect(await temperatureC(await machine({ 'hwmon/hwmon0/name': 'k10temp' }))).toBeNull();
});
