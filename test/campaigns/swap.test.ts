import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { requireTool } from '../tools.ts';
import { swapCampaign } from './swap.ts';

it('hears a board that is pulled and comes back under other names, and leaks nothing', async (test) => {
  requireTool('socat', test);
  const figures = await swapCampaign({ swaps: 5, seed: 1, folder: await temporaryFolder() });
  expect(figures).toMatchObject({ swaps: 5, listenerWarnings: 0 });
  // The last ones open may be a timer or a socket of the test's runner.
  expect(figures.descriptors.after).toBeLessThan(figures.descriptors.before + 3);
});
