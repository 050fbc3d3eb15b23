import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'prepare',
  summary: 'Stage 1 of training: split the data, cut windows, write tokens',
  usage: 'Usage: tinyllm prepare [flags]',
  run: async () => {
    throw new TinyError('tinyllm prepare is not built yet', 'tinyllm --help lists the commands');
  },
};
