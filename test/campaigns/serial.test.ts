import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makePtyPair } from '../../firmware-bridge/pty-pair.ts';
import { temporaryFolder } from '../temporary.ts';
import { requireTool } from '../tools.ts';
import { LINE_BYTES_PER_S, serialInMemory, serialThroughPty } from './serial.ts';

it.each([
  [1, 0.01],
  [2, 0.2],
  [3, 0.9],
])(
  'what a bad line leaves is delivered, what it damages is counted (seed %i, share %f)',
  (seed, damagedShare) => {
    const figures = serialInMemory({ seed, bytes: 400_000, damagedShare });
    expect(figures).toMatchObject({ badReadings: 0, holds: true });
    expect(figures.framesDamaged / figures.framesSent).toBeGreaterThan(damagedShare / 2);
  },
);

it('the same through a terminal at the pace of a line', async (test) => {
  requireTool('socat', test);
  const folder = await temporaryFolder();
  const cable = await makePtyPair(join(folder, 'near'), join(folder, 'far'));
  onTestFinished(() => cable.cut());
  const campaign = { seed: 4, bytes: 2 * LINE_BYTES_PER_S, damagedShare: 0.05 };
  expect(await serialThroughPty(campaign, cable, LINE_BYTES_PER_S)).toMatchObject({ holds: true });
});
