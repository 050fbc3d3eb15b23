import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { median } from '../../../pipeline/measure/quantiles.ts';
import { type Figure, figure } from '../../figures.ts';
import { PinnedProcess } from '../../pinned-process.ts';
import type { AgentDoor, AgentOrder, AgentUse } from '../agent-process.ts';
import { servedModel } from '../models.ts';
import { CHANNELS, ROW_MS, randomRows, WINDOWS } from '../task.ts';

const MOST_MB = 130;
const SECONDS = 30;
const QUICK_SECONDS = 6;
/** Memory that is needed once has been taken by then. */
const SETTLED_SHARE = 0.4;

/** The whole agent as `tinyllm run` starts it, its broker included, with one board that sends without end. */
export async function agentFigures(quick: boolean): Promise<Figure[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tinyllm-bench-'));
  const agent = new PinnedProcess('serve/agent-process', '0,1');
  try {
    const { bundle } = await servedModel('30M');
    const order: AgentOrder = { bundle, variant: 'int8', stateDir };
    const door = await agent.ask<AgentDoor>(order);
    const uses = await whileSending(door, quick ? QUICK_SECONDS : SECONDS, () => agent.ask<AgentUse>('use'));
    const last = uses.at(-1)!;
    const settled = uses.slice(Math.floor(SETTLED_SHARE * uses.length)).map(({ rssMb }) => rssMb);
    const name = (what: string) => `30M int8, agent with one board: ${what}`;
    const mb = { unit: 'MB', lessIsBetter: true };
    return [
      figure({
        ...mb,
        name: name('memory of the process'),
        ours: median(settled),
        target: { most: MOST_MB },
        note: `resident, broker included; ${last.answered} windows answered`,
      }),
      figure({ ...mb, name: name('its peak'), ours: last.peakRssMb }),
    ];
  } finally {
    await agent.end();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Sends a board's samples as they come, and looks at the agent once a second. */
async function whileSending(
  { port, username, password, readings }: AgentDoor,
  seconds: number,
  look: () => Promise<AgentUse>,
): Promise<AgentUse[]> {
  const board = await connectAsync(`mqtt://127.0.0.1:${port}`, { username, password });
  const rows = Array.from({ length: WINDOWS }, (_, i) => randomRows(i)).flat();
  const uses: AgentUse[] = [];
  const startMs = performance.now();
  try {
    for (let sent = 0; sent < (1000 * seconds) / ROW_MS; ) {
      const elapsedMs = performance.now() - startMs;
      for (; sent * ROW_MS < elapsedMs; sent++) {
        const row = rows[sent % rows.length]!;
        const values = Object.fromEntries(CHANNELS.map((channel, c) => [channel, row[c]!]));
        board.publish(readings, JSON.stringify({ v: values }));
      }
      if (elapsedMs > 1000 * (uses.length + 1)) uses.push(await look());
      await setTimeout(ROW_MS / 2);
    }
  } finally {
    await board.endAsync();
  }
  return uses;
}
