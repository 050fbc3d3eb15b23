import type { Command } from '../../commandline/command.ts';
import {
  choice,
  durationMs,
  integer,
  number,
  orElse,
  parseFlags,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { LiveLine } from '../../commandline/live-line.ts';
import { Rate } from '../../commandline/rate.ts';
import { DEFAULT_BAUD_RATE } from '../../firmware-bridge/ports/serial-link.ts';
import { simulatedBoard } from '../../firmware-bridge/simulation/simulated-board.ts';
import { FORMATS } from '../../firmware-bridge/simulation/speech.ts';
import { nothingSent, type Transmitted, transmit } from '../../firmware-bridge/simulation/transmit.ts';
import { usageError } from '../../protocols/errors.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';
import { isBoardId } from '../../protocols/topics.ts';
import { humanLog, jsonLog } from '../log.ts';
import { BROKER_FLAGS_USAGE, brokerFlags, DEFAULT_SITE } from '../mqtt/broker-flags.ts';
import { checkRecordings } from '../recordings-file.ts';
import { brokerCable, type Cable, type CableContext, ptyCable, serialCable } from '../simulate/cable.ts';

const share = () => orElse(number({ min: 0, max: 1 }), 0);

const FLAGS = {
  recordings: required(text('FILE, such as recordings/gesture-stream.jsonl.gz')),
  pty: text('PATH, such as /tmp/board'),
  serial: text('PATH, such as /dev/ttyUSB0'),
  ...brokerFlags,
  site: orElse(brokerFlags.site, DEFAULT_SITE),
  as: orElse(choice(...FORMATS), 'frames'),
  board: text('NAME'),
  baudRate: orElse(integer({ min: 300, max: 4_000_000 }), DEFAULT_BAUD_RATE),
  speed: orElse(number({ min: 0.001, max: 10_000 }), 1),
  loop: toggle(),
  noise: orElse(number({ min: 0, max: 100 }), 0),
  loss: share(),
  damage: share(),
  jitter: orElse(durationMs(), 0),
  drift: orElse(number({ min: -10_000, max: 10_000 }), 0),
  seed: orElse(integer(), 1),
  for: durationMs(),
  json: toggle(),
};

type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>['flags'];

export const command: Command = {
  name: 'simulate',
  summary: 'A virtual board: replay a recording over a serial port or MQTT, as live as you like',
  usage: `
Usage: tinyllm simulate --recordings FILE (--pty PATH | --serial PATH | --broker URL) [flags]

  --recordings FILE     what the board measures (.jsonl or .jsonl.gz)

Where to, one of
  --pty PATH            make PATH, a serial port for the agent to open (a pseudo-terminal; needs socat)
  --serial PATH         send into a port that is there
${BROKER_FLAGS_USAGE}

How
  --as FORMAT           ${FORMATS.join(', ')} (default frames)
  --board NAME          another name than in the recording
  --baud-rate N         of --serial (default ${DEFAULT_BAUD_RATE})
  --speed N             measure N times as often (default 1)
  --loop                begin again at the end
  --for TIME            end by itself after a time such as 20s or 5m

What goes wrong, drawn from the seed
  --noise SHARE         Gaussian, as a share of each channel's standard deviation
  --loss SHARE          of the messages, numbered but not sent
  --damage SHARE        of the messages: flipped, cut, inserted or joined bytes (serial only)
  --jitter TIME         messages are held up by up to so much
  --drift PPM           how much too fast the board's clock runs
  --seed N              (default 1)

  --json                counters as one JSON object a second on standard output
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, FLAGS);
    checkFlags(flags);
    await checkRecordings(flags.recordings);
    const recordings: Recording[] = [];
    for await (const recording of readRecordings(flags.recordings)) recordings.push(recording);
    const board = flags.board ?? recordings[0]!.board;

    const live = new LiveLine(process.stderr);
    const sink = { isTTY: process.stderr.isTTY, write: (line: string) => live.note(line.trimEnd()) };
    const log = flags.json ? jsonLog(process.stderr) : humanLog(sink);
    await untilInterrupted(async (interrupted) => {
      const over =
        flags.for === undefined
          ? interrupted
          : AbortSignal.any([interrupted, AbortSignal.timeout(flags.for)]);
      const cable = await openCable(flags, board, { log, signal: over });
      if (cable === undefined) return;
      const tally = nothingSent();
      const report = reporter(board, tally, live, flags.json);
      const timer = setInterval(() => report(), 1000);
      try {
        const {
          as: format,
          speed,
          loop,
          seed,
          noise,
          loss,
          damage,
          jitter: jitterMs,
          drift: driftPpm,
        } = flags;
        const disturbances = { noise, loss, damage, jitterMs, driftPpm };
        const { carrier, isAsked } = cable;
        const options = { board, format, speed, loop, seed, disturbances, ...(isAsked && { isAsked }) };
        await transmit(simulatedBoard(recordings, options), carrier, tally, over);
      } finally {
        clearInterval(timer);
        await cable.close();
        report();
        live.finish();
      }
    });
  },
};

function checkFlags({ pty, serial, broker, as, damage, board }: Flags): void {
  if ([pty, serial, broker].filter((way) => way !== undefined).length !== 1) {
    throw usageError('where should it send?', 'give one of --pty PATH, --serial PATH and --broker URL');
  }
  if (broker !== undefined && as === 'csv') {
    throw usageError('CSV is not spoken on MQTT', 'write --as frames or --as ndjson');
  }
  if (broker !== undefined && damage > 0) {
    throw usageError('MQTT delivers whole messages', 'leave --damage out; --loss loses some');
  }
  if (board !== undefined && !isBoardId(board)) {
    throw usageError(`"${board}" is no board id`, 'use lower-case letters, digits, - and _, at most 63');
  }
}

/** Undefined when interrupted before there was a connection. */
function openCable(flags: Flags, board: string, context: CableContext): Promise<Cable | undefined> {
  const { broker, pty, serial, baudRate, as: format, seed } = flags;
  if (broker !== undefined) return brokerCable({ ...flags, broker }, board, context);
  const line = { baudRate, format, seed: seed + 1 };
  return pty === undefined ? serialCable(serial!, line, context) : ptyCable(pty, line, context);
}

/** Says how it goes. */
function reporter(board: string, tally: Transmitted, live: LiveLine, json: boolean): () => void {
  const rate = new Rate();
  return () => {
    const { samples, messages, lost, damaged, unheard } = tally;
    const rateHz = rate.perS(samples);
    if (json) {
      process.stdout.write(`${JSON.stringify({ board, ...tally, rateHz })}\n`);
      return;
    }
    const troubles = Object.entries({ lost, damaged, 'not heard': unheard }).flatMap(([name, count]) =>
      count > 0 ? [`${count} ${name}`] : [],
    );
    const sent = `${samples} samples in ${messages} messages`;
    live.show([`${board}: ${rateHz.toFixed(1)} samples/s`, sent, ...troubles].join(', '));
  };
}
