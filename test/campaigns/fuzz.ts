import { type ConfigFuzzFigures, configFuzz } from './config-fuzz.ts';
import { type IntakeFuzzFigures, intakeFuzz } from './intake-fuzz.ts';
import { type WireFuzzFigures, wireFuzz } from './wire-fuzz.ts';

export interface FuzzFigures {
  readonly seed: number;
  readonly inputs: number;
  readonly wire: WireFuzzFigures;
  readonly intake: IntakeFuzzFigures;
  readonly config: ConfigFuzzFigures;
}

/** Of all inputs, how many go where: configurations are long to read and nobody hostile writes them. */
const SHARES = { wire: 0.4, intake: 0.5, config: 0.1 } as const;

/**
 * Random input to everything that reads what others wrote: ports, MQTT payloads, configurations.
 *
 * @throws with the seed and the shrunk input at the first that is not read as it should
 */
export function fuzzCampaign({ seed, inputs }: { seed: number; inputs: number }): FuzzFigures {
  const runs = (share: number): { seed: number; runs: number } => ({ seed, runs: Math.ceil(inputs * share) });
  const wire = wireFuzz(runs(SHARES.wire));
  const intake = intakeFuzz(runs(SHARES.intake));
  const config = configFuzz(runs(SHARES.config));
  return { seed, inputs: wire.inputs + intake.inputs + config.inputs, wire, intake, config };
}
