import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EnergyFolders, findEnergyCounter } from '../../../agent/machine/energy.ts';
import { openPowerSensor } from '../../../agent/machine/hwmon.ts';
import { openRapl } from '../../../agent/machine/rapl.ts';
import { temporaryFolder } from '../rig.ts';

type Files = Readonly<Record<string, string | number>>;

async function write(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${text}\n`);
  }
}

async function machine(powercap: Files, hwmon: Files): Promise<EnergyFolders> {
  const folder = await temporaryFolder();
  const folders = { powercap: join(folder, 'powercap'), hwmon: join(folder, 'hwmon') };
  await write(folders.powercap, powercap);
  await write(folders.hwmon, hwmon);
  return folders;
}

const zone = (folder: string, name: string, energyUj: number): Files => ({
  [`${folder}/name`]: name,
  [`${folder}/energy_uj`]: energyUj,
  [`${folder}/max_energy_range_uj`]: 10_000_000,
});

describe('the counters of the processor', () => {
  const packageAndMemory = {
    ...zone('intel-rapl:0', 'package-0', 9_000_000),
    ...zone('intel-rapl:0:0', 'core', 5_000_000),
    ...zone('intel-rapl:0:1', 'dram', 1_000_000),
    ...zone('intel-rapl:1', 'psys', 2_000_000),
    ...zone('intel-rapl-mmio:0', 'package-0', 3_000_000),
    'intel-rapl/enabled': 1,
  };

  it('are summed, each part of the machine once', async () => {
    const folders = await machine(packageAndMemory, {});
    const rapl = await openRapl(folders.powercap);
    if (!('counter' in rapl)) throw new Error('there is a counter');
    expect(rapl.counter.source).toBe('RAPL (package-0, dram)');
    expect(await rapl.counter.joules()).toBe(0);
    await write(folders.powercap, {
      'intel-rapl:0/energy_uj': 9_500_000,
      'intel-rapl:0:0/energy_uj': 9_999_999,
      'intel-rapl:0:1/energy_uj': 1_250_000,
      'intel-rapl:1/energy_uj': 9_999_999,
    });
    expect(await rapl.counter.joules()).toBeCloseTo(0.75, 9);
  });

  it('begin again at nought after their range, as often as they are asked in between', async () => {
    const folders = await machine(packageAndMemory, {});
    const rapl = await openRapl(folders.powercap);
    if (!('counter' in rapl)) throw new Error('there is a counter');
    for (const energyUj of [500_000, 8_000_000, 500_000]) {
      await write(folders.powercap, { 'intel-rapl:0/energy_uj': energyUj });
      await rapl.counter.joules();
    }
    expect(await rapl.counter.joules()).toBeCloseTo(1.5 + 7.5 + 2.5, 9);
  });

  it('count for nothing in a moment in which they do not answer', async () => {
    const folders = await machine(packageAndMemory, {});
    const rapl = await openRapl(folders.powercap);
    if (!('counter' in rapl)) throw new Error('there is a counter');
    await write(folders.powercap, { 'intel-rapl:0/energy_uj': 'EBUSY' });
    expect(await rapl.counter.joules()).toBe(0);
    await write(folders.powercap, { 'intel-rapl:0/energy_uj': 9_100_000 });
    expect(await rapl.counter.joules()).toBeCloseTo(0.1, 9);
  });
});

describe('the sensors of a board', () => {
  it('tell the power of the moment, which is summed over time', async () => {
    const { hwmon } = await machine({}, { 'hwmon0/name': 'ina226', 'hwmon0/power1_input': 2_000_000 });
    let nowMs = 1000;
    const counter = await openPowerSensor(hwmon, () => nowMs);
    expect(counter!.source).toBe('hwmon (ina226)');
    nowMs = 2000;
    await write(hwmon, { 'hwmon0/power1_input': 4_000_000 });
    expect(await counter!.joules()).toBeCloseTo(3, 9);
    nowMs = 2500;
    expect(await counter!.joules()).toBeCloseTo(5, 9);
  });

  it('may tell volts and amperes only', async () => {
    const { hwmon } = await machine(
      {},
      {
        'hwmon2/name': 'ina3221',
        'hwmon2/in1_label': 'VDD_IN',
        'hwmon2/in1_input': 5000,
        'hwmon2/curr1_input': 600,
        'hwmon2/in2_label': 'VDD_CPU',
        'hwmon2/in2_input': 5000,
        'hwmon2/curr2_input': 200,
      },
    );
    let nowMs = 0;
    const counter = await openPowerSensor(hwmon, () => nowMs);
    expect(counter!.source).toBe('hwmon (ina3221 VDD_IN)');
    nowMs = 1000;
    expect(await counter!.joules()).toBeCloseTo(3, 9);
  });

  it('are chosen by what they measure: the supply first, then what counts by itself', async () => {
    const files = {
      'hwmon0/name': 'amdgpu',
      'hwmon0/power1_average': 9_000_000,
      'hwmon1/name': 'amd_energy',
      'hwmon1/energy1_label': 'Esocket0',
      'hwmon1/energy1_input': 7_000_000,
    };
    const { hwmon } = await machine({}, files);
    const socket = await openPowerSensor(hwmon);
    expect(socket!.source).toBe('hwmon (amd_energy Esocket0)');
    await write(hwmon, { 'hwmon1/energy1_input': 7_500_000 });
    expect(await socket!.joules()).toBeCloseTo(0.5, 9);
    await write(hwmon, { 'hwmon1/energy1_input': 'no answer' });
    expect(await socket!.joules()).toBeCloseTo(0.5, 9);
    await write(hwmon, { 'hwmon2/name': 'ina219', 'hwmon2/power1_input': 1_000_000 });
    expect((await openPowerSensor(hwmon))!.source).toBe('hwmon (ina219)');
  });
});

describe('the counter of a machine', () => {
  const power = { 'hwmon0/name': 'ina219', 'hwmon0/power1_input': 2_000_000 };

  it('is the one of the processor, where there is one', async () => {
    const found = await findEnergyCounter(await machine(zone('intel-rapl:0', 'package-0', 1), power));
    expect(found).toMatchObject({ counter: { source: 'RAPL (package-0)' } });
  });

  it('is a sensor of the board otherwise', async () => {
    expect(await findEnergyCounter(await machine({}, power))).toMatchObject({
      counter: { source: 'hwmon (ina219)' },
    });
  });

  it.skipIf(process.getuid?.() !== 0)('may be closed to all but root, who can open it', async () => {
    const folders = await machine(zone('intel-rapl:0', 'package-0', 1), {});
    await chmod(dirname(folders.powercap), 0o755);
    await chmod(join(folders.powercap, 'intel-rapl:0', 'energy_uj'), 0o400);
    const found = await asNobody(() => findEnergyCounter(folders));
    expect(found).toEqual({
      absent: expect.stringContaining(`sudo chmod a+r ${folders.powercap}/intel-rapl*/energy_uj`),
    });
    await chmod(join(folders.powercap, 'intel-rapl:0', 'energy_uj'), 0o444);
    expect(await asNobody(() => findEnergyCounter(folders))).toHaveProperty('counter');
  });

  it('is absent with its reason', async () => {
    expect(await findEnergyCounter(await machine({ 'intel-rapl/enabled': 1 }, {}))).toEqual({
      absent: expect.stringContaining('no energy counter'),
    });
  });
});

/** Only root can become another: whoever else runs this test owns the files, and may read them. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid!(65534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
