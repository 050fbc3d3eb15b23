import { type MonoTypeOperatorFunction, merge, type Observable } from 'rxjs';
import type { ClockEstimate } from '../../firmware-bridge/board-clock.ts';
import { PayloadReader } from '../../firmware-bridge/payload-reader.ts';
import type { LoadPolicy } from '../../pipeline/load.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { readRecordings } from '../../protocols/recording.ts';
import type { FrameHealth, SerialHealth, Topics } from '../../protocols/topics.ts';
import type { SourceConfig } from '../config.ts';
import type { MqttLink, MqttMessage } from '../mqtt/client.ts';
import type { RareLog } from '../rare-log.ts';
import type { Door } from './let-in.ts';
import { mqttReadings } from './mqtt.ts';
import { looped, replayReadings } from './replay.ts';
import { serialSource } from './serial.ts';

/** Where readings come from, as the configuration says. */
export interface Source {
  readonly readings$: Observable<SensorReading>;
  /** Boards, which cannot be made to wait; else recordings, which can. */
  readonly isLive: boolean;
  /** Whether this board is at a port of this machine: no other agent can answer it. */
  readonly isAttached: (board: string) => boolean;
  /** How the serial ports are; absent where there are none. */
  readonly serial?: () => Record<string, SerialHealth>;
  /** How binary frames came over MQTT; undefined when none did. */
  readonly frames?: () => FrameHealth | undefined;
  /** By board, at most so many: how the clocks go that are mapped to this machine's. */
  readonly clocks?: (most: number) => ReadonlyMap<string, ClockEstimate>;
}

export interface SourceOptions {
  readonly topics: Topics;
  readonly link: Pick<MqttLink, 'messages$'>;
  readonly door: Door;
  /** Of all messages of boards, those that this agent answers. */
  readonly mine: MonoTypeOperatorFunction<MqttMessage>;
  readonly load: LoadPolicy;
  readonly log: RareLog;
}

export function openSource(config: SourceConfig, { link, door, load, log, ...mqtt }: SourceOptions): Source {
  if (config.kind === 'replay') {
    return { readings$: replay(config, load), isLive: false, isAttached: () => false };
  }
  const payloads = new PayloadReader();
  const messages$ = mqttReadings(link, { ...door, ...mqtt, payloads });
  const frames = () => payloads.counters;
  const clocks = (most: number) => payloads.clocks(most);
  if (config.kind === 'mqtt') {
    return { readings$: messages$, isLive: true, isAttached: () => false, frames, clocks };
  }
  const {
    readings$,
    health: serial,
    isAttached,
    clocks: atPorts,
  } = serialSource(config.ports, { ...door, log });
  return {
    readings$: config.mqtt ? merge(readings$, messages$) : readings$,
    isLive: true,
    isAttached,
    serial,
    frames,
    clocks: (most) => new Map([...clocks(most), ...atPorts()]),
  };
}

function replay(
  { recordings, speed, loop }: Extract<SourceConfig, { kind: 'replay' }>,
  load: LoadPolicy,
): Observable<SensorReading> {
  const read = () => readRecordings(recordings);
  const ready = load.kind === 'every' ? () => load.ready() : undefined;
  return replayReadings(loop ? looped(read) : read(), { speed, ready });
}
