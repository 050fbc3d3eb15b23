import { humanLog } from '../../agent/log.ts';
import type { RunningAgent } from '../../agent/run.ts';
import { growHeapSlowly } from '../../agent/small-heap.ts';
import { peakRssMb, rssMb } from '../../pipeline/measure/memory.ts';

/** A process that is the agent, set up as `tinyllm run` does, with its own broker. */
export interface AgentOrder {
  readonly bundle: string;
  readonly variant: string;
  readonly stateDir: string;
}

/** How a board reaches it. */
export interface AgentDoor {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly readings: string;
}

/** What it takes now, and how many windows it has answered. */
export interface AgentUse {
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly answered: number;
}

export const BOARD = 'wrist';

let agent: RunningAgent | undefined;

process.on('message', async (message: AgentOrder | 'use') => {
  process.send!(message === 'use' ? use() : await start(message));
});

async function start({ bundle, variant, stateDir }: AgentOrder): Promise<AgentDoor> {
  growHeapSlowly();
  const [{ parseAgentConfig }, { startAgent }] = await Promise.all([
    import('../../agent/config.ts'),
    import('../../agent/run.ts'),
  ]);
  const written = { site: 'bench', agent: 'bench', bundle, variant, broker: { embedded: { port: 0 } } };
  const config = parseAgentConfig(written, 'the bench', '/');
  agent = await startAgent(config, { stateDir, log: { ...humanLog(process.stderr), info: () => {} } });
  const { broker, topics } = agent;
  return { port: broker!.port, ...broker!.credentials.board, readings: topics.readings(BOARD) };
}

function use(): AgentUse {
  return { rssMb: rssMb(), peakRssMb: peakRssMb(), answered: agent!.meter.predictions };
}
