import { filter } from 'rxjs';
import type { Command } from '../../commandline/command.ts';
import {
  durationMs,
  integer,
  parseFlags,
  repeated,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { DEFAULT_BAUD_RATE } from '../../firmware-bridge/ports/serial-link.ts';
import { TinyError, usageError } from '../../protocols/errors.ts';
import { humanLog } from '../log.ts';
import { BROKER_FLAGS_USAGE, brokerFlags } from '../mqtt/broker-flags.ts';
import { defaultStateDir } from '../mqtt/credentials.ts';
import { Display } from '../recorder/display.ts';
import { Keys, wishes } from '../recorder/keyboard.ts';
import { listenToBoards } from '../recorder/listen.ts';
import { checkNewFile } from '../recorder/new-file.ts';
import { Recorder } from '../recorder/recorder.ts';
import { recordSession } from '../recorder/session.ts';
import { anyTask, labelsFor, readTask, settingsOf } from '../recorder/settings.ts';
import { describeRecorded, summaryOf } from '../recorder/summary.ts';
import { hidingSecrets } from '../secret-sink.ts';

export const command: Command = {
  name: 'record',
  summary: 'Record live boards with labels, ready for the trainer',
  usage: `
Usage: tinyllm record --out FILE (--config FILE | --serial PATH | --broker URL) [flags]

Where the boards are, one of
  --config FILE         as an agent of this configuration hears them, beside one that runs or without
  --serial PATH         a port, such as /dev/ttyACM0; with --baud-rate N (default ${DEFAULT_BAUD_RATE}), and --board NAME for
                        lines that do not say whose they are
${BROKER_FLAGS_USAGE}

What is recorded:
  --out FILE            .jsonl or .jsonl.gz; must not be there yet
  --only BOARD          this board; may be given many times (default: every board)
  --label TEXT          what is going on all the time; without it, keys say so: 1 to 9, space for none, q to end
  --labels A,B,C        what the keys stand for (default: the labels of the task)
  --task FILE           the task that is recorded for (default: that of the model in --config)
  --for T               stop this long after the first reading, such as 20s; else q or Ctrl-C
  --group NAME          who or what is recorded; the trainer keeps a group on one side of its splits
  --split NAME          train, validation or test, where that is settled already
  --state DIR           as for run
  --json                print what was recorded as JSON

The file is written whole every half minute and at the end: it is never half a recording.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      config: text(),
      ...brokerFlags,
      serial: text(),
      baudRate: integer({ min: 300 }),
      board: text(),
      out: required(text('FILE, such as recordings/anna-1.jsonl.gz')),
      only: repeated(text()),
      label: text(),
      labels: text(),
      task: text(),
      for: durationMs(),
      group: text(),
      split: text(),
      state: text(),
      json: toggle(),
    });
    await checkNewFile(flags.out);
    const { config, names, secrets, task: taskInUse } = await settingsOf(flags);
    const task = flags.task === undefined ? taskInUse : await readTask(flags.task);
    const hasKeys = flags.label === undefined && process.stdin.isTTY;
    if (flags.label === undefined && !hasKeys) {
      throw usageError('there is no keyboard to say what is going on', 'add --label TEXT, and --for 20s');
    }
    const out = hidingSecrets(process.stderr, secrets);
    const { group, split, label, only } = flags;
    const recorder = new Recorder({ session: sessionName(group), group, split });
    recorder.setLabel(label);
    const display = new Display(out, recorder);
    const keys = new Keys(flags.labels?.split(',').map((word) => word.trim()) ?? labelsFor(task));
    out.write(`${hasKeys ? keys.legend : 'recording; Ctrl-C ends it'}\n`);

    const recordings = await untilInterrupted(async (signal) => {
      const stateDir = flags.state ?? defaultStateDir();
      const log = humanLog(out);
      const boards = await listenToBoards(config, {
        stateDir,
        log,
        signal,
        task: task ?? anyTask,
        names,
      }).catch((error: unknown) => {
        // Ctrl-C before the first connection.
        if (error !== signal.reason) throw error;
      });
      if (boards === undefined) return [];
      try {
        return await recordSession({
          readings$: boards.readings$.pipe(filter(({ board }) => only.length === 0 || only.includes(board))),
          recorder,
          path: flags.out,
          wishes$: hasKeys ? wishes(keys, process.stdin) : undefined,
          forMs: flags.for,
          signal,
          draw: () => display.draw(),
        });
      } finally {
        display.end();
        await boards.close();
      }
    });
    if (recordings.length === 0) {
      throw new TinyError(
        'no board was heard, and nothing was written',
        '`npx tinyllm doctor --config FILE` looks for the reason',
      );
    }
    const recorded = recordings.map(summaryOf);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ file: flags.out, recordings: recorded })}\n`
        : describeRecorded(flags.out, recorded),
    );
  },
};

/** `anna-20261123T101500`: no two sessions share one. */
function sessionName(group = 'session'): string {
  return `${group}-${new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '')}`;
}
