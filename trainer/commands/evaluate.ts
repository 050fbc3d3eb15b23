import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'evaluate',
  summary: 'Score a bundle on a dataset through the code that ships',
  usage: 'Usage: tinyllm evaluate [flags]',
  run: async () => {
    throw new TinyError('tinyllm evaluate is not built yet', 'tinyllm --help lists the commands');
  },
};
