import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'bundle',
  summary: 'Last stage of training: pack the model with its task, checksums and golden examples',
  usage: 'Usage: tinyllm bundle [flags]',
  run: async () => {
    throw new TinyError('tinyllm bundle is not built yet', 'tinyllm --help lists the commands');
  },
};
