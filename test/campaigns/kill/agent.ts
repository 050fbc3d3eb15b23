/**
 * The agent of the kill campaign, a process to be killed: `agent.ts CONFIG STATE_DIR`. Its brain is no model. Prints
 * `ready` when it runs, and what it predicted when it has stopped.
 */

import { randomBytes } from 'node:crypto';
import { loadAgentConfig } from '../../../agent/config.ts';
import { jsonLog } from '../../../agent/log.ts';
import { startAgent } from '../../../agent/run.ts';
import { untilInterrupted } from '../../../commandline/interrupt.ts';
import { SignBrain } from '../../agent/sign-brain.ts';

/**
 * Replay begins at the wall clock and runs faster than it, so windows of two lives may begin in the same millisecond of the
 * same board; they are different windows, and their predictions want different ids.
 */
class BrainOfOneLife extends SignBrain {
  override readonly bundleHash = randomBytes(32).toString('hex');
}

const [, , config, stateDir] = process.argv;
await untilInterrupted(async (signal) => {
  const agent = await startAgent(await loadAgentConfig(config!), {
    stateDir: stateDir!,
    brain: new BrainOfOneLife(),
    // That the broker is away is no news here.
    log: { ...jsonLog(process.stderr), info: () => {}, warn: () => {} },
    signal,
  });
  console.log('ready');
  await agent.done;
  console.log(JSON.stringify({ predictions: agent.meter.predictions }));
});
