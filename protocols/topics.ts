import { z } from 'zod';
import type { EpisodeEvent } from './episode.ts';
import { configError } from './errors.ts';
import type { Prediction } from './prediction.ts';
import { BOARD_ID } from './reading.ts';

/** What stands on which topic below `tinyllm/<site>`; all QoS 1. (`readings` come in: see reading.ts.) */
export interface TopicPayloads {
  prediction: Prediction;
  /** Not retained: who was not there does not hear of it. */
  event: EpisodeEvent;
  availability: 'online' | 'offline';
  state: AgentState;
  health: AgentHealth;
  info: AgentInfo;
}

/** `<base>/bridge/<agent>/state`, retained and also the last will. */
export type AgentState = z.infer<typeof agentState>;
export const agentState = z.strictObject({ state: z.enum(['online', 'offline', 'stopped']) });

/** What came in binary frames since the agent started, and what did not (docs/wire-format.md). */
export type FrameHealth = z.infer<typeof frameHealth>;
const frameHealth = z.strictObject({
  frames: z.int(),
  damaged: z.int(),
  foreign: z.int(),
  lost: z.int(),
  lostReadings: z.int(),
  duplicated: z.int(),
  unannounced: z.int(),
  restarts: z.int(),
});

/** How a board's clock goes that is mapped to the agent's (docs/serial.md). */
const clockHealth = z.strictObject({
  /** How much too fast it runs; null as long as too little has come to tell. */
  driftPpm: z.number().nullable(),
  /** The agent's time less the board's. */
  offsetMs: z.int(),
});

/** How a serial port is, and what came through it since the agent started (docs/serial.md). */
export type SerialHealth = z.infer<typeof serialHealth>;
const serialHealth = frameHealth.extend({
  /** Where it is now; null while it is not open. */
  path: z.string().nullable(),
  opened: z.int(),
  bytes: z.int(),
  lines: z.int(),
  otherLines: z.int(),
  bytesDropped: z.int(),
});

/** What waits for the broker, and what became of it since the agent started (docs/delivery.md). */
export type OutboxHealth = z.infer<typeof outboxHealth>;
const outboxHealth = z.strictObject({
  /** Where messages wait: `memory` when the disk does not take them, or the configuration says so. */
  place: z.enum(['disk', 'memory']),
  waiting: z.int(),
  /** On disk. */
  bytes: z.int(),
  /** Messages that were written to disk: those that the broker did not acknowledge at once. */
  journalled: z.int(),
  delivered: z.int(),
  /** Of these, late. */
  replayed: z.int(),
  /** Messages given up, by reason: no room on disk, too old, no room in memory, lost by the disk, never taken by the broker. */
  dropped: z.strictObject({
    full: z.int(),
    old: z.int(),
    memory: z.int(),
    unreadable: z.int(),
    refused: z.int(),
  }),
});

/** A certificate that is in use (docs/brokers.md). */
export type CertificateHealth = z.infer<typeof certificateHealth>;
const certificateHealth = z.strictObject({
  /** When it ends: epoch milliseconds. */
  endsMs: z.number(),
  /** How often another one was taken up since the agent started. */
  renewed: z.int(),
  /** Why what stands on disk is not taken up; null when that is in use. */
  problem: z.string().nullable(),
});

/** `<base>/bridge/<agent>/health`, retained: what happened since the agent started. */
export type AgentHealth = z.infer<typeof agentHealth>;
export const agentHealth = z.strictObject({
  ts: z.number(),
  uptimeS: z.number(),
  boards: z.int(),
  readings: z.int(),
  /** Refused readings or values, by reason (`malformed`, `unknownChannel`, ..). */
  refused: z.record(z.string(), z.int()),
  /** By the name that the configuration gives the port; absent without serial ports. */
  serial: z.record(z.string(), serialHealth).optional(),
  /** Binary frames on MQTT; absent when none have come. */
  frames: frameHealth.optional(),
  /** By board, of those heard last; absent where no board's clock is mapped. */
  clocks: z.record(z.string(), clockHealth).optional(),
  /** Readings of boards that do not know the time, dated by their arrival. */
  undated: z.int(),
  late: z.int(),
  /** Messages of boards that another agent answers (docs/several-agents.md). */
  notMine: z.int(),
  /** Readings that a board or a broker sent twice. */
  duplicates: z.int(),
  /** Readings let go because a board sent more in a short time than is kept of it. */
  crowded: z.int(),
  outliers: z.int(),
  gaps: z.int(),
  /** Times a board's clock went back for good. */
  restarts: z.int(),
  windows: z.strictObject({
    opened: z.int(),
    closed: z.int(),
    dropped: z.int(),
    /** Could not be answered before their deadline. */
    missed: z.int(),
    failed: z.int(),
  }),
  predictions: z.int(),
  /** Predictions that took longer than their windows come apart. */
  missedDeadlines: z.int(),
  /** It was asked to predict no more for the time being. */
  paused: z.boolean(),
  /** Messages other than predictions lost because too many waited for the broker. */
  overflowed: z.int(),
  /** Of the broker inside the agent; absent without one (docs/brokers.md). */
  broker: z
    .strictObject({
      clients: z.int(),
      /** What clients were not allowed, by kind (`login`, `publish`, ..). */
      refused: z.record(z.string(), z.int()),
      /** Messages that were passed on but not kept: too much is retained or unread already. */
      notKept: z.int(),
    })
    .optional(),
  outbox: outboxHealth,
  /** By the section of the configuration that names its files; absent without TLS. */
  certificates: z.record(z.string(), certificateHealth).optional(),
  latencyMs: z.strictObject({ p50: z.number().nullable(), p95: z.number().nullable() }),
  rssMb: z.number(),
  /** Null where the machine does not tell. */
  temperatureC: z.number().nullable(),
  /** Whether the processor is being slowed down, by heat or a weak supply; null where the machine does not tell. */
  throttled: z.boolean().nullable(),
});

/** `<base>/bridge/<agent>/info`, retained. */
export type AgentInfo = z.infer<typeof agentInfo>;
export const agentInfo = z.strictObject({
  agent: z.string(),
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  task: z.string(),
  model: z.string(),
  bundleHash: z.string(),
  /** Of an agent that answers several tasks, all of them, the first too; absent where there is one. */
  tasks: z.array(z.strictObject({ task: z.string(), model: z.string(), bundleHash: z.string() })).optional(),
  /** The group of agents with which it shares the boards of the site, while it takes part in that. */
  share: z.string().optional(),
});

/** `<base>/bridge/<agent>/response/<operation>`: what came of a request. */
export type OperationResponse = z.infer<typeof operationResponse>;
export const operationResponse = z.strictObject({
  status: z.enum(['ok', 'error']),
  data: z.unknown(),
  /** What went wrong, and what to do about it. */
  error: z.string().optional(),
  /** As it stood in the request. */
  transaction: z.unknown().optional(),
});

/** The one name below a site that is not a board. */
const BRIDGE = 'bridge';

export const isBoardId = (id: string): boolean => BOARD_ID.test(id) && id !== BRIDGE;

/** The topics of one site. Throws `TinyError` (exit 78) for a name MQTT or the contract does not allow. */
export class Topics {
  readonly base: string;

  constructor(site: string) {
    if (!BOARD_ID.test(site)) {
      throw configError(
        `"${site}" is not a site name`,
        'use lower-case letters, digits, - and _, at most 63',
      );
    }
    this.base = `tinyllm/${site}`;
  }

  readonly readings = (board: string): string => `${this.base}/${board}/readings`;
  readonly prediction = (board: string): string => `${this.base}/${board}/prediction`;
  readonly event = (board: string): string => `${this.base}/${board}/event`;
  readonly availability = (board: string): string => `${this.base}/${board}/availability`;
  readonly state = (agent: string): string => `${this.base}/${BRIDGE}/${agent}/state`;
  readonly health = (agent: string): string => `${this.base}/${BRIDGE}/${agent}/health`;
  readonly info = (agent: string): string => `${this.base}/${BRIDGE}/${agent}/info`;

  readonly response = (agent: string, operation: string): string =>
    `${this.base}/${BRIDGE}/${agent}/response/${operation}`;

  /** Where the doctor talks to itself. */
  readonly doctor = (agent: string): string => `${this.base}/${BRIDGE}/${agent}/doctor`;

  /** The filter that matches every request to an agent; the last level names the operation. */
  readonly requests = (agent: string): string => `${this.base}/${BRIDGE}/${agent}/request/+`;

  /** The filter that matches the readings of every board. */
  get allReadings(): string {
    return `${this.base}/+/readings`;
  }

  /** The board that a readings topic belongs to, or undefined for any other topic. */
  boardOfReadings(topic: string): string | undefined {
    const board = this.nameOnReadings(topic);
    return board !== undefined && isBoardId(board) ? board : undefined;
  }

  /** What stands where a readings topic has its board, be it a board id or not; undefined for any other topic. */
  nameOnReadings(topic: string): string | undefined {
    const [root, site, name, leaf, ...rest] = topic.split('/');
    const isReadings = `${root}/${site}` === this.base && leaf === 'readings' && rest.length === 0;
    return isReadings ? name : undefined;
  }
}
