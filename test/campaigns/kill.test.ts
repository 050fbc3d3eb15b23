import { expect, it } from 'vitest';
import { requireTool } from '../tools.ts';
import { killCampaign } from './kill.ts';

it('loses no prediction when broker and agent are killed under load, and says none twice under two names', async (test) => {
  const mosquitto = requireTool('mosquitto', test);
  const figures = await killCampaign({ seed: 4, brokerKills: 3, agentKills: 2, mosquitto });
  expect(figures).toMatchObject({
    madeLost: 0,
    journalledLost: 0,
    outOfOrder: 0,
    contradictions: 0,
    left: 0,
  });
  // The broker was away, and the agent died with something in its journal: else nothing was shown.
  expect(figures.made).toBeGreaterThan(50);
  expect(figures.journalled).toBeGreaterThan(0);
  expect(figures.late).toBeGreaterThan(0);
});
