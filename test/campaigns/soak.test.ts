import { expect, it } from 'vitest';
import { temporaryFolder } from '../agent/rig.ts';
import { soakCampaign } from './soak.ts';

it('an agent keeps its memory, its boards and its descriptors in check', async () => {
  const folder = await temporaryFolder();
  const figures = await soakCampaign({ seed: 1, seconds: 24, warmUpS: 12, folder });
  expect(figures.predictions).toBeGreaterThan(8);
  expect(figures.names).toBeGreaterThan(20);
  // Those that spoke once are forgotten after three seconds.
  expect(figures.mostBoards).toBeLessThan(16);
  expect(figures.moreResources).toBeLessThanOrEqual(4);
  // In so short a time a slope says nothing: what would leak with every board or message would be more than this.
  expect(figures.liveGrowthMb).toBeLessThan(4);
});
