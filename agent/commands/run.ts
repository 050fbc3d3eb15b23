import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { HangUps } from '../hang-ups.ts';
import { growHeapSlowly } from '../small-heap.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run the agent: boards in, predictions out on MQTT',
  usage: `
Usage: tinyllm run --config FILE [flags]

  --config FILE  what to run (YAML); configs/agents/ has commented samples
  --state DIR    where passwords are kept (default: $XDG_STATE_HOME/tinyllm, else ~/.local/state/tinyllm)
  --force        run a model all the same that is too slow or too large for this machine
  --json         log as JSON lines

Logs go to standard error. Ctrl-C ends it in good order; a second Ctrl-C at once. SIGHUP reads the configuration again
and takes over what can change while running (docs/operations.md).
`,
  run: async (argv) => {
    // First of all: a service may be told to reload before a slow machine has loaded the agent.
    const hangUps = new HangUps();
    try {
      const { flags } = parseFlags(argv, {
        config: required(text('FILE, such as configs/agents/gesture-hub.yaml')),
        state: text(),
        force: toggle(),
        json: toggle(),
      });
      growHeapSlowly();
      const { serve } = await import('../serve.ts');
      await serve(flags, hangUps);
    } finally {
      hangUps.stop();
    }
  },
};
