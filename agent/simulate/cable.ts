import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePtyPair } from '../../firmware-bridge/pty-pair.ts';
import { serialCarrier } from '../../firmware-bridge/simulation/serial-carrier.ts';
import type { Format } from '../../firmware-bridge/simulation/speech.ts';
import type { Carrier } from '../../firmware-bridge/simulation/transmit.ts';
import { Topics } from '../../protocols/topics.ts';
import type { Log } from '../log.ts';
import { type BrokerFlags, connectAsBoard } from '../mqtt/broker-flags.ts';
import { RareLog } from '../rare-log.ts';
import { tellOfPort } from '../sources/port-news.ts';

/** What joins a virtual board to its host. */
export interface Cable {
  readonly carrier: Carrier;
  /** Whether the host has asked who this is. */
  readonly isAsked?: () => boolean;
  /** What was handed over arrives. */
  close(): Promise<void>;
}

export interface CableContext {
  readonly log: Log;
  /** Gives up waiting for the other end. */
  readonly signal: AbortSignal;
}

export interface SerialLine {
  readonly baudRate: number;
  readonly format: Format;
  /** Draws the damages. */
  readonly seed: number;
}

/** Publish as `board` does; undefined when the signal came before there was a connection. */
export async function brokerCable(
  flags: BrokerFlags & { readonly site: string },
  board: string,
  { log, signal }: CableContext,
): Promise<Cable | undefined> {
  const topic = new Topics(flags.site).readings(board);
  const link = await connectAsBoard(flags, `simulate-${board}`, { log, signal });
  if (link === undefined) return undefined;
  log.info(`${board} sends to ${topic} at ${flags.broker}`);
  const send: Carrier['send'] = ({ message }) => {
    link.publish(topic, Buffer.from(message.bytes));
    return true;
  };
  return { carrier: { send }, close: () => link.close() };
}

/** Send into a port that is there, or comes. */
export async function serialCable(
  path: string,
  line: SerialLine,
  { log, signal }: CableContext,
): Promise<Cable> {
  const rareLog = new RareLog(log);
  const carrier = serialCarrier({ ...line, path, onEvent: (event) => tellOfPort(event, path, rareLog) });
  const close = async (): Promise<void> => {
    await carrier.drained();
    carrier.close();
  };
  await Promise.race([carrier.opened, aborted(signal)]);
  return { carrier, isAsked: carrier.isAsked, close };
}

/** Make a serial port at `path` for the host to open; the other end of the pair lies in a folder of ours. */
export async function ptyCable(path: string, line: SerialLine, context: CableContext): Promise<Cable> {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-board-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  try {
    const pair = await makePtyPair(path, join(folder, 'board'));
    context.log.info(`open ${path} as a serial port`);
    // The name of our end is nobody's business.
    const cable = await serialCable(pair.far, line, { ...context, log: { ...context.log, info: () => {} } });
    const close = async (): Promise<void> => {
      await cable.close();
      await pair.cut();
      await discard();
    };
    return { ...cable, close };
  } catch (error) {
    await discard();
    throw error;
  }
}

const aborted = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : once(signal, 'abort');
