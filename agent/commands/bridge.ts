import { fromEvent, of } from 'rxjs';
import type { Command } from '../../commandline/command.ts';
import { durationMs, integer, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { LiveLine } from '../../commandline/live-line.ts';
import { Rate } from '../../commandline/rate.ts';
import { PortReader, type ReaderEvent } from '../../firmware-bridge/ports/port-reader.ts';
import { DEFAULT_BAUD_RATE } from '../../firmware-bridge/ports/serial-link.ts';
import { usageError } from '../../protocols/errors.ts';
import { isBoardId, Topics } from '../../protocols/topics.ts';
import { type BridgeTally, bridge, nothingBridged } from '../bridge/bridge.ts';
import { humanLog, jsonLog } from '../log.ts';
import { BROKER_FLAGS_USAGE, brokerFlags, connectAsBoard, DEFAULT_SITE } from '../mqtt/broker-flags.ts';
import type { MqttLink } from '../mqtt/client.ts';
import { RareLog } from '../rare-log.ts';
import { tellOfPort } from '../sources/port-news.ts';

export const command: Command = {
  name: 'bridge',
  summary: 'Forward a serial board to MQTT, for an agent that runs elsewhere',
  usage: `
Usage: tinyllm bridge --port PATH --broker URL [flags]

  --port PATH           such as /dev/ttyACM0, or '/dev/ttyUSB*' for the first that is free
${BROKER_FLAGS_USAGE}
  --baud-rate N         as in the firmware (default ${DEFAULT_BAUD_RATE})
  --board NAME          whose lines these are, where the firmware sends CSV or JSON and does not say
  --for TIME            end by itself after a time such as 20s or 5m
  --json                counters as one JSON object a second on standard output; logs as JSON

Readings are dated here and published on tinyllm/<site>/<board>/readings, QoS 1. Board and broker may come and go;
what could not be delivered is counted. Ctrl-C sends what waits and ends.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      port: required(text('/dev/ttyACM0')),
      ...brokerFlags,
      broker: required(brokerFlags.broker),
      site: orElse(brokerFlags.site, DEFAULT_SITE),
      baudRate: orElse(integer({ min: 300, max: 4_000_000 }), DEFAULT_BAUD_RATE),
      board: text('NAME'),
      for: durationMs(),
      json: toggle(),
    });
    const { board = '', site, port: path, baudRate } = flags;
    if (board !== '' && !isBoardId(board)) {
      throw usageError(`"${board}" is no board id`, 'use lower-case letters, digits, - and _, at most 63');
    }
    const live = new LiveLine(process.stderr);
    const sink = { isTTY: process.stderr.isTTY, write: (line: string) => live.note(line.trimEnd()) };
    const log = flags.json ? jsonLog(process.stderr) : humanLog(sink);
    const rareLog = new RareLog(log);
    const topics = new Topics(site);
    await untilInterrupted(async (interrupted) => {
      const reader = new PortReader({ port: { path }, baudRate, board });
      const link = await connectAsBoard(flags, 'bridge', { log, signal: interrupted });
      if (link === undefined) return;
      log.info(`forwarding ${path} to ${topics.readings(board || '<board>')} at ${flags.broker}`);
      const tally = nothingBridged();
      const report = reporter({ tally, reader, link, live, json: flags.json });
      const timer = setInterval(() => report(), 1000);
      const over =
        flags.for === undefined
          ? interrupted
          : AbortSignal.any([interrupted, AbortSignal.timeout(flags.for)]);
      try {
        await bridge(reader.events$, {
          topics,
          link,
          tally,
          tell: (event) => tell(event, path, rareLog),
          stop$: over.aborted ? of(true) : fromEvent(over, 'abort'),
        });
      } finally {
        clearInterval(timer);
        await link.close();
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
  readonly link: MqttLink;
  readonly live: LiveLine;
  readonly json: boolean;
}

/** Says how it goes. */
function reporter({ tally, reader, link, live, json }: Reported): () => void {
  const rate = new Rate();
  return () => {
    const { readings, messages, refused, boards } = tally;
    const rateHz = rate.perS(readings);
    const { counters, path: port = null } = reader;
    const { overflowed, connected } = link;
    if (json) {
      const bridged = { boards: [...boards], readings, messages, refused, rateHz };
      const line = { ...bridged, connected, overflowed, port, serial: counters };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const troubles = Object.entries({
      'lost on the line': counters.lostReadings,
      damaged: counters.damaged,
      refused,
      'messages lost for want of a broker': overflowed,
    }).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
    const state = [
      port === null ? ['the port is closed'] : [],
      connected ? [] : ['the broker is away'],
    ].flat();
    const flow = `${rateHz.toFixed(1)} readings/s from ${boards.size} board${boards.size === 1 ? '' : 's'}`;
    live.show([...state, flow, `${readings} readings in ${messages} messages`, ...troubles].join(', '));
  };
}
