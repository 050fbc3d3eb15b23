import type { Command } from '../../commandline/command.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'prepare',
  summary: 'Stage 1 of training: split the data, cut windows, write tokens',
  usage: `
Usage: tinyllm prepare --recipe FILE --out DIR --data PATH [flags]

Reads the data set, fits the levels on its training rows, cuts windows and writes them as prompts.
${STAGE_FLAGS}`,
  run: (argv) => runStages(argv, 'prepare'),
};
