import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { frequencyMhz } from '../../../agent/machine/frequency.ts';
import { temporaryFolder } from '../rig.ts';

it('is that of the fastest core, and null where none tells', async () => {
  const folder = await temporaryFolder();
  expect(await frequencyMhz(folder)).toBeNull();
  for (const [core, kilohertz] of Object.entries({ cpu0: 1_500_000, cpu1: 2_400_000, cpu10: 600_000 })) {
    await mkdir(join(folder, core, 'cpufreq'), { recursive: true });
    await writeFile(join(folder, core, 'cpufreq', 'scaling_cur_freq'), `${kilohertz}\n`);
  }
  await mkdir(join(folder, 'cpuidle'));
  expect(await frequencyMhz(folder)).toBe(2400);
});
