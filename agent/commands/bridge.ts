import { fromEvent, merge, of } from 'rxjs';
import type { Command } from '../../commandline/command.ts';
import { durationMs, integer, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { LiveLine } from '../../commandline/live-line.ts';
import { PortReader } from '../../firmware-bridge/ports/port-reader.ts';
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
      const link = await connectAsBoard(flags, 'bridge', { log, signal: interrupted }).catch(
        (error: unknown) => {
          if (error !== interrupted.reason) throw error;
          return undefined;
        },
      );
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
        const stop$ = over.aborted ? of(true) : merge(fromEvent(over, 'abort'));
        await bridge(reader.events$, {
          topics,
          link,
          tally,
          tell: (event) => {
            if (event.kind === 'refused')
              rareLog.warn(`${event.board} refused`, `${path}: ${event.refusal.message}`);
            tellOfPort(event, path, rareLog);
          },
          stop$,
        });
      } finally {
        clearInterval(timer);
        live.finish();
        await link.close();
        report();
        live.finish();
      }
    });
  },
};

interface Reported {
  readonly tally: BridgeTally;
  readonly reader: PortReader;
  readonly link: MqttLink;
  readonly live: LiveLine;
  readonly json: boolean;
}

/** Says how it goes, with the rate since the last time. */
function reporter({ tally, reader, link, live, json }: Reported): () => void {
  let before = { readings: 0, atMs: performance.now() };
  return () => {
    const { readings, messages, refused, boards } = tally;
    const atMs = performance.now();
    const rateHz = Math.round(((readings - before.readings) / Math.max(1, atMs - before.atMs)) * 10_000) / 10;
    before = { readings, atMs };
    const { counters } = reader;
    const { overflowed, connected } = link;
    if (json) {
      const line = {
        boards: [...boards],
        readings,
        messages,
        refused,
        rateHz,
        connected,
        overflowed,
        port: reader.path ?? null,
      };
      process.stdout.write(`${JSON.stringify({ ...line, serial: counters })}\n`);
      return;
    }
    const troubles = Object.entries({
      'lost on the line': counters.lostReadings,
      damaged: counters.damaged,
      refused,
      'lost for want of a broker': overflowed,
    }).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
    const state = [
      reader.path === undefined ? 'port is closed' : [],
      connected ? [] : 'broker is away',
    ].flat();
    const rate = `${rateHz.toFixed(1)} readings/s from ${boards.size} board${boards.size === 1 ? '' : 's'}`;
    live.show([...state, rate, `${readings} readings in ${messages} messages`, ...troubles].join(', '));
  };
}
