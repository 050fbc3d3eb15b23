import { setImmediate as turn } from 'node:timers/promises';
import { type FuzzFigures, fuzzCampaign } from '../fuzz.ts';
import type { Campaign } from './campaign.ts';
import { figure } from './figure.ts';

/** It blocks the process while it runs, so it is run in pieces, each with a seed of its own. */
const PIECE = 2000;

export const fuzz: Campaign = {
  name: 'fuzz',
  about:
    'Random input to everything that reads what others wrote. To the decoder of ports (four tenths): boards, frames ' +
    'forged with a right checksum, lines of text and noise, with bytes changed on the way; whole and in pieces it ' +
    'must hear the same. To the reader of MQTT payloads (five tenths): readings and batches of every shape, cut and ' +
    'damaged JSON, nesting without end, binary. To the configuration (one tenth): damaged files and random values ' +
    'in the shape of one, and good ones with one key misspelt, one value of another kind or at its bound, one section ' +
    'missing or doubled, or in other words. Nothing may throw, no value may come through that no board may send, and a ' +
    'configuration that is refused must be so with a place and exit status 78, one that was changed in one line with a ' +
    'line that has to do with it. One that fails is shrunk, and told with its seed.',
  unit: 'inputs',
  smallSize: 10_000,
  fullSize: 1_000_000,
  async run({ seed, size, progress }) {
    const sum = { wire: 0, intake: 0, config: 0, readings: 0, refused: 0, accepted: 0 };
    for (let done = 0; done < size; done += PIECE) {
      const inputs = Math.min(PIECE, size - done);
      add(sum, fuzzCampaign({ seed: seed + done / PIECE, inputs }));
      // Ctrl-C is heard between two pieces.
      await turn();
      progress(done + inputs);
    }
    const inputs = sum.wire + sum.intake + sum.config;
    return [
      figure('read without a crash', inputs, 'inputs', { least: size }),
      figure('at ports', sum.wire, 'streams'),
      figure('from MQTT', sum.intake, 'payloads'),
      figure('configurations', sum.config, 'files'),
      figure('good readings among it', sum.readings, 'readings', { least: 1 }),
      figure('configurations that were accepted', sum.accepted, 'files'),
      figure('refused with a reason', sum.refused, 'refusals', { least: 1 }),
    ];
  },
};

type Sum = Record<'wire' | 'intake' | 'config' | 'readings' | 'refused' | 'accepted', number>;

function add(sum: Sum, { wire, intake, config }: FuzzFigures): void {
  sum.wire += wire.inputs;
  sum.intake += intake.inputs;
  sum.config += config.inputs;
  sum.readings += wire.readings + intake.readings;
  sum.refused += wire.refused + intake.refused + config.refused;
  sum.accepted += config.accepted;
}
