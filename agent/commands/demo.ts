import { join } from 'node:path';
import type { Command } from '../../commandline/command.ts';
import { durationMs, integer, orElse, parseFlags, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { packageRoot } from '../../commandline/package.ts';
import { loadBrain } from '../../pipeline/tiny-brain.ts';
import { usageError } from '../../protocols/errors.ts';
import { runDemo } from '../demo/run-demo.ts';
import { DEMO_SETS, isDemoTask } from '../demo/sets.ts';
import { defaultStateDir } from '../mqtt/credentials.ts';

const TASKS = Object.keys(DEMO_SETS);

export const command: Command = {
  name: 'demo',
  summary: 'Watch a model read a real recording: broker, virtual board and agent in one process',
  usage: `
Usage: tinyllm demo [task] [flags]

  task           ${TASKS.join(' or ')}; default gesture

  --for TIME     end by itself after a time such as 20s or 5m; default: at Ctrl-C
  --seed N       another order of the recordings; default 1
  --port N       port of the MQTT broker; default 1883, or any free one
  --state DIR    where passwords are kept; default $XDG_STATE_HOME/tinyllm/demo, else
                 ~/.local/state/tinyllm/demo
  --json         one JSON object a line: start, every prediction with the truth, summary

Everything listens on 127.0.0.1 alone. Predictions also reach any MQTT client; the first lines say how.`,
  run: async (argv) => {
    const { flags, positionals } = parseFlags(
      argv,
      {
        for: durationMs(),
        seed: orElse(integer(), 1),
        port: integer({ min: 0, max: 65_535 }),
        state: text(),
        json: toggle(),
      },
      { maxPositionals: 1 },
    );
    const [task = 'gesture'] = positionals;
    if (!isDemoTask(task)) throw usageError(`there is no demo "${task}"`, `demos are ${TASKS.join(', ')}`);

    const brain = await loadBrain(join(packageRoot(), 'models', task));
    try {
      await untilInterrupted((signal) =>
        runDemo({
          task,
          brain,
          stateDir: flags.state ?? join(defaultStateDir(), 'demo'),
          seed: flags.seed,
          forMs: flags.for,
          port: flags.port,
          json: flags.json,
          stdout: process.stdout,
          stderr: process.stderr,
          signal,
        }),
      );
    } finally {
      await brain.close();
    }
  },
};
