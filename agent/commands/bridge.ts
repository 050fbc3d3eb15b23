import { fromEvent, of } from 'rxjs';
import type { Command } from '../../commandline/command.ts';
import {
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
import { PortReader, type ReaderEvent } from '../../firmware-bridge/ports/port-reader.ts';
import { DEFAULT_BAUD_RATE } from '../../firmware-bridge/ports/serial-link.ts';
import { isCsvHeader } from '../../firmware-bridge/wire/csv-table.ts';
import { usageError } from '../../protocols/errors.ts';
import { isBoardId, Topics } from '../../protocols/topics.ts';
import { type BridgeTally, bridge, nothingBridged } from '../bridge/bridge.ts';
import { type Forwarder, openForwarder } from '../bridge/forwarder.ts';
import { humanLog, jsonLog } from '../log.ts';
import { BROKER_FLAGS_USAGE, brokerFlags, DEFAULT_SITE } from '../mqtt/broker-flags.ts';
import { defaultStateDir } from '../mqtt/credentials.ts';
import { RareLog } from '../rare-log.ts';
import { tellOfPort } from '../sources/port-news.ts';

const MB = 1 << 20;
const HOUR_MS = 3_600_000;

export const command: Command = {
  name: 'bridge',
  summary: 'Forward a serial board to MQTT, for an agent that runs elsewhere',
  usage: `
Usage: tinyllm bridge --port PATH --broker URL [flags]

  --port PATH           such as /dev/ttyACM0, or '/dev/ttyUSB*' for the first that is free
${BROKER_FLAGS_USAGE}
  --baud-rate N         as in the firmware (default ${DEFAULT_BAUD_RATE})
  --csv-header COLUMNS  of a board that prints CSV and no header, such as 'micros,accel.x[g],accel.y[g]'
  --board NAME          whose lines these are, where the firmware sends CSV or JSON and does not say
  --state DIR           where messages wait for the broker, as for run
  --max-mb N            they take no more there; the oldest give way (default 64)
  --max-age-h N         older ones are given up (default 168, a week)
  --for TIME            end by itself after a time such as 20s or 5m
  --json                counters as one JSON object a second on standard output; logs as JSON

Readings are dated here and published on tinyllm/<site>/<board>/readings, QoS 1. Board and broker may come and go:
what the broker does not have waits on disk, over a restart too, and what was given up is counted. Ctrl-C sends what
waits and ends.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      port: required(text('/dev/ttyACM0')),
      ...brokerFlags,
      broker: required(brokerFlags.broker),
      site: orElse(brokerFlags.site, DEFAULT_SITE),
      baudRate: orElse(integer({ min: 300, max: 4_000_000 }), DEFAULT_BAUD_RATE),
      board: text('NAME'),
      csvHeader: text('micros,accel.x[g]'),
      state: text('DIR'),
      maxMb: orElse(number({ min: 1, max: 100_000 }), 64),
      maxAgeH: orElse(number({ min: 0.001, max: 87_600 }), 168),
      for: durationMs(),
      json: toggle(),
    });
    const { board = '', site, port: path, baudRate, csvHeader } = flags;
    if (board !== '' && !isBoardId(board)) {
      throw usageError(`"${board}" is no board id`, 'use lower-case letters, digits, - and _, at most 63');
    }
    if (csvHeader !== undefined && !isCsvHeader(csvHeader)) {
      throw usageError(`"${csvHeader}" names no channels`, 'separate them by commas: docs/wire-format.md');
    }
    const live = new LiveLine(process.stderr);
    const sink = { isTTY: process.stderr.isTTY, write: (line: string) => live.note(line.trimEnd()) };
    const log = flags.json ? jsonLog(process.stderr) : humanLog(sink);
    const rareLog = new RareLog(log);
    const topics = new Topics(site);
    await untilInterrupted(async (interrupted) => {
      const reader = new PortReader({
        port: { path },
        baudRate,
        board,
        ...(csvHeader !== undefined && { csvHeader }),
      });
      const forwarder = await openForwarder({
        broker: flags,
        site,
        port: path,
        stateDir: flags.state ?? defaultStateDir(),
        maxBytes: flags.maxMb * MB,
        maxAgeMs: flags.maxAgeH * HOUR_MS,
        log,
        signal: interrupted,
      });
      if (forwarder === undefined) return;
      log.info(`forwarding ${path} to ${topics.readings(board || '<board>')} at ${flags.broker}`);
      const tally = nothingBridged();
      const report = reporter({ tally, reader, forwarder, live, json: flags.json });
      const timer = setInterval(() => report(), 1000);
      const over =
        flags.for === undefined
          ? interrupted
          : AbortSignal.any([interrupted, AbortSignal.timeout(flags.for)]);
      try {
        await bridge(reader.events$, {
          topics,
          put: (message) => forwarder.put(message),
          tally,
          tell: (event) => tell(event, path, rareLog),
          stop$: over.aborted ? of(true) : fromEvent(over, 'abort'),
        });
      } finally {
        clearInterval(timer);
        await forwarder.stop();
        report();
        live.finish();
      }
    });
  },
};

function tell(event: ReaderEvent, port: string, log: RareLog): void {
  if (event.kind === 'refused') log.warn(`refused ${event.board}`, `${port}: ${event.refusal.message}`);
  if (event.kind === 'readings' && event.board === '') {
    log.warn('nobody', `${port}: readings come as lines, which name no board; add --board NAME`);
  }
  tellOfPort(event, port, log);
}

interface Reported {
  readonly tally: BridgeTally;
  readonly reader: PortReader;
  readonly forwarder: Forwarder;
  readonly live: LiveLine;
  readonly json: boolean;
}

/** Says how it goes. */
function reporter({ tally, reader, forwarder, live, json }: Reported): () => void {
  const rate = new Rate();
  return () => {
    const { readings, messages, refused, boards } = tally;
    const rateHz = rate.perS(readings);
    const { counters, path: port = null } = reader;
    const { connected } = forwarder;
    const outbox = forwarder.health();
    if (json) {
      const bridged = { boards: [...boards], readings, messages, refused, rateHz };
      const line = { ...bridged, connected, outbox, port, serial: counters };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const troubles = Object.entries({
      'lost on the line': counters.lostReadings,
      damaged: counters.damaged,
      refused,
      'messages given up': Object.values(outbox.dropped).reduce((sum, count) => sum + count, 0),
    }).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
    const state = [
      port === null ? ['the port is closed'] : [],
      connected ? [] : [`the broker is away, ${outbox.waiting} messages wait`],
    ].flat();
    const flow = `${rateHz.toFixed(1)} readings/s from ${boards.size} board${boards.size === 1 ? '' : 's'}`;
    live.show([...state, flow, `${readings} readings in ${messages} messages`, ...troubles].join(', '));
  };
}
