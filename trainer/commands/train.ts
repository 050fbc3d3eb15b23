import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'train',
  summary: 'Make a model from a recipe: every stage from data to bundle',
  usage: 'Usage: tinyllm train [flags]',
  run: async () => {
    throw new TinyError('tinyllm train is not built yet', 'tinyllm --help lists the commands');
  },
};
