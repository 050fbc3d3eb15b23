import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'demo',
  summary: 'Watch a model read a real recording: broker, virtual board and agent in one process',
  usage: 'Usage: tinyllm demo [flags]',
  run: async () => {
    throw new TinyError('tinyllm demo is not built yet', 'tinyllm --help lists the commands');
  },
};
