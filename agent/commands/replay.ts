import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'replay',
  summary: 'Feed a recording to the agent as if its boards were live',
  usage: 'Usage: tinyllm replay [flags]',
  run: async () => {
    throw new TinyError('tinyllm replay is not built yet', 'tinyllm --help lists the commands');
  },
};
