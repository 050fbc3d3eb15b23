import type { Command } from '../../commandline/command.ts';
import { TinyError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run the agent: boards in, predictions out on MQTT',
  usage: 'Usage: tinyllm run [flags]',
  run: async () => {
    throw new TinyError('tinyllm run is not built yet', 'tinyllm --help lists the commands');
  },
};
