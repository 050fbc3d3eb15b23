import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'validate',
  summary: 'Check an agent configuration without starting it',
  usage: 'Usage: tinyllm validate [flags]',
  run: async () => {
    throw new TinyError('tinyllm validate is not built yet', 'tinyllm --help lists the commands');
  },
};
