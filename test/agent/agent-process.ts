/** An agent as a process of its own, to be killed: `agent-process.ts CONFIG STATE_DIR`. Its brain is no model. */

import { loadAgentConfig } from '../../agent/config.ts';
import { jsonLog } from '../../agent/log.ts';
import { startAgent } from '../../agent/run.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { SignBrain } from './sign-brain.ts';

const [, , config, stateDir] = process.argv;
await untilInterrupted(async (signal) => {
  const log = jsonLog(process.stderr);
  const agent = await startAgent(await loadAgentConfig(config!), {
    stateDir: stateDir!,
    brain: new SignBrain(),
    log,
    signal,
  });
  await agent.done;
});
