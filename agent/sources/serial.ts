import { merge, mergeMap, type Observable, tap } from 'rxjs';
import type { ClockEstimate } from '../../firmware-bridge/board-clock.ts';
import { PortClaims } from '../../firmware-bridge/ports/port-finder.ts';
import { PortReader, type ReaderEvent } from '../../firmware-bridge/ports/port-reader.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { SerialHealth } from '../../protocols/topics.ts';
import { choiceOfPort, nameOfPort, type SerialPortConfig } from '../config/source.ts';
import { TopicMemory } from '../outbox/topic-memory.ts';
import type { RareLog } from '../rare-log.ts';
import { type Door, letIn } from './let-in.ts';
import { tellOfPort } from './port-news.ts';

export interface SerialSourceOptions extends Door {
  readonly log: RareLog;
  readonly claims?: PortClaims;
}

/** Boards at serial ports: their good readings, and how the ports are. */
export interface SerialSource {
  readonly readings$: Observable<SensorReading>;
  /** By the name that the configuration gives the port. */
  readonly health: () => Record<string, SerialHealth>;
  /** By board: how their clocks go. */
  readonly clocks: () => ReadonlyMap<string, ClockEstimate>;
  /** Whether readings of this board have come from one of the ports. */
  readonly isAttached: (board: string) => boolean;
}

/** No board can have it: lines of text that nobody's are. */
const NOBODY = '';

export function serialSource(ports: readonly SerialPortConfig[], options: SerialSourceOptions): SerialSource {
  const claims = options.claims ?? new PortClaims();
  const readers = ports.map((port) => ({
    name: nameOfPort(port),
    reader: readerOf(port, claims),
  }));
  // Names come out of a cable: of those made up without end, the latest.
  const attached = new TopicMemory<true>();
  const readings$ = merge(
    ...readers.map(({ name, reader }) =>
      reader.events$.pipe(mergeMap((event) => readingsOf(event, name, options))),
    ),
  ).pipe(tap(({ board }) => attached.set(board, true)));
  return {
    readings$,
    health: () => Object.fromEntries(readers.map(({ name, reader }) => [name, healthOf(reader)])),
    clocks: () => new Map(readers.flatMap(({ reader }) => [...reader.clocks])),
    isAttached: (board) => attached.get(board) === true,
  };
}

const readerOf = (port: SerialPortConfig, claims: PortClaims): PortReader =>
  new PortReader({
    port: choiceOfPort(port),
    baudRate: port.baudRate,
    silentAfterMs: port.silentAfterS === 0 ? Number.POSITIVE_INFINITY : port.silentAfterS * 1000,
    resetWhenSilent: port.resetWhenSilent,
    board: port.board ?? NOBODY,
    ...(port.csvHeader !== undefined && { csvHeader: port.csvHeader }),
    claims,
  });

const healthOf = (reader: PortReader): SerialHealth => ({ path: reader.path ?? null, ...reader.counters });

function readingsOf(
  event: ReaderEvent,
  port: string,
  { log, ...door }: SerialSourceOptions,
): readonly SensorReading[] {
  if (event.kind === 'refused') door.refusals.add(event.board || port, event.refusal);
  if (event.kind !== 'readings') {
    tellOfPort(event, port, log);
    return [];
  }
  if (event.board !== NOBODY) return letIn(event.board, event.readings, door);
  const message = 'readings come as lines, which name no board';
  for (const _ of event.readings) door.refusals.add(port, { reason: 'noBoard', message });
  return [];
}
