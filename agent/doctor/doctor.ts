import type { AgentConfig } from '../config.ts';
import { lookAtBroker } from './broker.ts';
import { lookAtBundles } from './bundle.ts';
import { lookAtClock } from './clock.ts';
import type { Finding } from './finding.ts';
import { lookAtMachine } from './machine.ts';
import { lookAtSerial } from './serial.ts';
import { lookAtState } from './state.ts';
import { lookAtSwaps } from './swaps.ts';
import { lookAtWebPorts } from './tcp-ports.ts';

/**
 * Look at everything that a run would need, and change nothing.
 *
 * @param config what is to run; absent: the machine alone
 */
export async function* examine(config: AgentConfig | undefined, stateDir: string): AsyncGenerator<Finding> {
  yield* await lookAtMachine();
  yield* await lookAtClock();
  yield* await lookAtState(stateDir);
  if (config === undefined) {
    yield* await lookAtSerial(undefined, []);
    return;
  }
  const { findings, tasks } = await lookAtBundles(config);
  yield* findings;
  yield* await lookAtSwaps(config, tasks);
  yield* await lookAtSerial(config, tasks);
  yield* await lookAtBroker(config, stateDir);
  yield* await lookAtWebPorts(config);
}
