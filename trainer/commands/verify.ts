import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'verify',
  summary: 'Check a bundle: checksums, and golden examples on this machine',
  usage: 'Usage: tinyllm verify [flags]',
  run: async () => {
    throw new TinyError('tinyllm verify is not built yet', 'tinyllm --help lists the commands');
  },
};
