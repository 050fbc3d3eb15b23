import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PinnedProcess } from '../pinned-process.ts';
import type { Sent } from './generator.ts';
import { BOARD_RATE_HZ, type Load } from './load.ts';
import { startMosquitto } from './processes.ts';
import type { Work } from './subject.ts';

const SITE = 'bench';
/** The agent has one core to itself; broker and boards share the other. */
const AGENT_CORE = '0';
const OTHER_CORE = '1';
/** The boards of the load before fall silent, and their windows end. */
const SETTLE_MS = 6000;
/** Boards are new, and code is compiled: it is counted what arrives, but not what it costs. */
const BEGINNING_MS = 2000;
/**
 * By this time of its own every board has begun (one after the other, over a second) and its first windows have ended: from
 * then on a reading has the same to do however many boards there are.
 */
const BOARD_BEGINNING_S = 3;
/** What is under way arrives. */
const DRAIN_MS = 300;

/** What came of a load. */
export interface Outcome {
  readonly sent: Sent;
  readonly taken: number;
  /** Readings, values and windows that were not taken. */
  readonly lost: number;
  readonly cpuUsPerReading: number;
  readonly rssMb: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Mosquitto, boards and agent, each a process of its own. */
export interface Rig {
  /** Puts a load on the agent, and waits for its end. */
  measure(load: Load): Promise<Outcome>;
  stop(): Promise<void>;
}

export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-bench-'));
  const mosquitto = await startMosquitto(folder, OTHER_CORE);
  const agent = new PinnedProcess('agent/subject', AGENT_CORE);
  const boards = new PinnedProcess('agent/generator', OTHER_CORE);
  let loads = 0;
  await agent.ask({ url: `mqtt://127.0.0.1:${mosquitto.port}`, site: SITE, stateDir: folder });
  return {
    measure: async (load) => {
      if (loads > 0) await setTimeout(SETTLE_MS);
      await agent.ask('work');
      const beginning = beginningMs(load);
      const whole = { ...load, seconds: beginning / 1000 + load.seconds };
      const order = { port: mosquitto.port, site: SITE, prefix: `load-${loads++}`, load: whole };
      const sending = boards.ask<Sent>(order);
      await setTimeout(beginning);
      const begun = await agent.ask<Work>('work');
      const sent = await sending;
      await setTimeout(DRAIN_MS);
      return outcome(sent, begun, await agent.ask<Work>('work'));
    },
    stop: async () => {
      await Promise.all([agent.end(), boards.end()]);
      await mosquitto.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function beginningMs({ boards, readingsPerS }: Load): number {
  const boardsMs = (BOARD_BEGINNING_S * 1000 * BOARD_RATE_HZ * boards) / readingsPerS;
  return Math.max(BEGINNING_MS, boardsMs);
}

function outcome(sent: Sent, begun: Work, work: Work): Outcome {
  const { agesMs, cpuUs, readings, rssMb } = work;
  const age = (share: number) =>
    agesMs[Math.min(agesMs.length - 1, Math.floor(share * agesMs.length))] ?? Number.POSITIVE_INFINITY;
  return {
    sent,
    taken: begun.readings + readings,
    lost: begun.lost + work.lost,
    cpuUsPerReading: cpuUs / readings,
    rssMb,
    p50Ms: age(0.5),
    p99Ms: age(0.99),
  };
}
