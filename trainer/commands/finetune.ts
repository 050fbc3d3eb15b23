import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'finetune',
  summary: 'Stage 3 of training: teach a base model the task',
  usage: 'Usage: tinyllm finetune [flags]',
  run: async () => {
    throw new TinyError('tinyllm finetune is not built yet', 'tinyllm --help lists the commands');
  },
};
