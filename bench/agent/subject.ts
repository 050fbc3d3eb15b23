import { parseAgentConfig } from '../../agent/config.ts';
import { humanLog } from '../../agent/log.ts';
import { startAgent } from '../../agent/run.ts';
import { growHeapSlowly } from '../../agent/small-heap.ts';
import { InstantBrain } from './instant-brain.ts';

/** A process that is the agent, with nothing in the place of its model. Tells what it did whenever it is asked. */
export interface Setting {
  readonly url: string;
  readonly site: string;
  readonly stateDir: string;
}
/** Since it was asked last. */
export interface Work {
  readonly readings: number;
  /** Readings, values and windows that were not taken. */
  readonly lost: number;
  readonly windows: number;
  /** User and system time. */
  readonly cpuUs: number;
  /** From the sending of a window's last reading until the model was asked, ascending. */
  readonly agesMs: readonly number[];
  readonly rssMb: number;
}

/** Between two loads: the boards of the one before must not weigh on the next. */
const FORGET_AFTER_S = 3;
/** Thousands of boards that are heard for the first time are no news here. */
const troubleAlone = { ...humanLog(process.stderr), info: () => {} };
const brain = new InstantBrain();
let tell: (() => Work) | undefined;

process.on('message', async (message: Setting | 'work') => {
  if (message === 'work') process.send!(tell!());
  else {
    tell = await start(message);
    process.send!('ready');
  }
});

async function start({ url, site, stateDir }: Setting): Promise<() => Work> {
  growHeapSlowly();
  const config = parseAgentConfig(
    {
      site,
      agent: 'subject',
      bundle: 'none',
      broker: { url },
      boards: { max: 100_000 },
      availability: { offlineAfterS: 2 },
      admission: { pastToleranceMs: 1e9 },
    },
    'the bench',
    '/',
  );
  const boards = { ...config.boards, forgetAfterS: FORGET_AFTER_S };
  const { meter } = await startAgent({ ...config, boards }, { stateDir, brain, log: troubleAlone });
  let before = { readings: 0, windows: 0, lost: 0, cpuUs: cpuUs() };
  return () => {
    const { late, outliers, restarts, crowded } = meter.windowing;
    const lost = late + outliers + restarts + crowded + meter.dropped;
    const now = { readings: meter.readings, windows: meter.closed, lost, cpuUs: cpuUs() };
    const work = {
      readings: now.readings - before.readings,
      lost: now.lost - before.lost,
      windows: now.windows - before.windows,
      cpuUs: now.cpuUs - before.cpuUs,
      agesMs: brain.agesMs.toSorted((a, b) => a - b),
      rssMb: process.memoryUsage.rss() / (1 << 20),
    };
    before = now;
    brain.agesMs = [];
    return work;
  };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
