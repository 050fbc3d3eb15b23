import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'generate',
  summary: 'Continue a prompt with the model of a bundle',
  usage: 'Usage: tinyllm generate [flags]',
  run: async () => {
    throw new TinyError('tinyllm generate is not built yet', 'tinyllm --help lists the commands');
  },
};
