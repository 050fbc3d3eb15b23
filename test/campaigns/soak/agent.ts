/**
 * The agent of the soak campaign, a process of its own so that nothing but it is in its memory: with the embedded broker
 * and a real model. Started with `--expose-gc`; told where its state is, it answers with its broker's port and
 * passwords, and with a `Sample` whenever it is asked.
 */
import { join } from 'node:path';
import { getHeapSpaceStatistics } from 'node:v8';
import { parseAgentConfig } from '../../../agent/config.ts';
import { jsonLog } from '../../../agent/log.ts';
import { loadCredentials } from '../../../agent/mqtt/credentials.ts';
import { startAgent } from '../../../agent/run.ts';
import { REPOSITORY } from '../../tools.ts';

export interface Sample {
  /** What lives on the heap and beside it after a collection. */
  readonly liveMb: number;
  /**
   * All that the process holds, but for the heap's young generation: V8 makes that larger once, to 32 MB, whenever a
   * busy moment comes, which is no leak.
   */
  readonly residentMb: number;
  readonly boards: number;
  readonly predictions: number;
  /** Sockets, timers, workers. */
  readonly resources: number;
}

const MB = 1 << 20;
/** Boards with made-up names come all the time: they are forgotten soon, so that the campaign sees it often. */
const FORGET_AFTER_S = 3;

process.once('message', async (stateDir: string) => {
  const config = parseAgentConfig(
    {
      site: 'lab',
      agent: 'hub',
      bundle: join(REPOSITORY, 'models/gesture'),
      variant: 'int8',
      broker: { embedded: { port: 0 } },
      availability: { offlineAfterS: 2 },
      health: { everyS: 1 },
    },
    'the campaign',
    REPOSITORY,
  );
  const boards = { ...config.boards, forgetAfterS: FORGET_AFTER_S };
  const agent = await startAgent(
    { ...config, boards },
    { stateDir, log: { ...jsonLog(process.stderr), info: () => {}, warn: () => {} } },
  );
  const { board, viewer } = await loadCredentials(stateDir);
  process.on('message', (wish: 'sample' | 'stop') => {
    if (wish === 'sample') process.send!(sample());
    else void agent.stop().then(() => process.disconnect());
  });
  process.send!({ port: agent.broker!.port, board, viewer });

  function sample(): Sample {
    globalThis.gc!();
    const { heapUsed, external, rss } = process.memoryUsage();
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    const residentMb = (rss - (young?.physical_space_size ?? 0)) / MB;
    const { boards, predictions } = agent.meter;
    const resources = process.getActiveResourcesInfo().length;
    return { liveMb: (heapUsed + external) / MB, residentMb, boards, predictions, resources };
  }
});
