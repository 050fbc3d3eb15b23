import { readFileSync } from 'node:fs';
import type { ModelSequence } from '../../model/runtime/model-sequence.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { writeText } from './generation.ts';
import { median } from './quantiles.ts';
import { type Effort, repeat } from './repeat.ts';
import type { Subject, WindowTokens } from './subject.ts';

/** Resident memory of a whole process with a model, in megabytes (10^6 bytes). */
export interface MemoryUse {
  /** Before there is a model: Node.js itself, and the code. */
  readonly bareRssMb: number;
  /** While one board's windows are read and answered, or text is written by a model without a task. */
  readonly steadyRssMb: number;
  /** The most that there ever was, most often while the model is loaded. */
  readonly peakRssMb: number;
  /** What every further window that is open at the same time takes; 0 for a model without a task. */
  readonly perOpenWindowMb: number;
}

/** Where memory settles, it has done so after some seconds. */
const EFFORT: Effort = { warmUp: 20, runs: 300, patienceMs: 4000 };
/** Windows that are held open to see what one takes. */
const HELD_OPEN = 8;

/** Of this process, in which nothing else should have run. */
export async function memoryUse({ model, windows }: Subject): Promise<MemoryUse> {
  const bareRssMb = rssMb();
  const runtime = await ModelRuntime.start(model);
  const rssAfter = async (n: number): Promise<number> => {
    if (windows.length > 0) await openAndRead(runtime, ofTurn(windows, n)).score();
    else await writeText(runtime, model.shape, n);
    return rssMb();
  };
  const steadyRssMb = median(await repeat(rssAfter, EFFORT));
  const peak = peakRssMb();
  const perOpenWindowMb = await openWindowMb(runtime, windows);
  await runtime.close();
  return { bareRssMb, steadyRssMb, peakRssMb: peak, perOpenWindowMb };
}

async function openWindowMb(runtime: ModelRuntime, windows: Subject['windows']): Promise<number> {
  if (windows.length === 0) return 0;
  const beforeMb = rssMb();
  const held = Array.from({ length: HELD_OPEN }, (_, n) => openAndRead(runtime, ofTurn(windows, n)));
  await allRead(runtime);
  const growthMb = Math.max(0, rssMb() - beforeMb);
  for (const sequence of held) sequence.discard();
  return growthMb / HELD_OPEN;
}

/** Texts come last: when there is a token of one, nothing that was pushed waits to be read. */
async function allRead(runtime: ModelRuntime): Promise<void> {
  for await (const _ of runtime.generate([0], { maxTokens: 1, temperature: 0, seed: 1, stopToken: -1 }))
    break;
}

function openAndRead(runtime: ModelRuntime, window: WindowTokens): ModelSequence {
  const sequence = runtime.open();
  for (const row of window) sequence.push(row);
  return sequence;
}

const ofTurn = (windows: Subject['windows'], n: number): WindowTokens => windows[n % windows.length]!;

export const rssMb = (): number => process.memoryUsage.rss() / 1e6;

/** Linux keeps the peak of this program; what `getrusage` gives begins with that of the parent which forked it. */
export function peakRssMb(): number {
  if (process.platform === 'linux') {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak) return (1024 * Number(peak[1])) / 1e6;
  }
  return (1024 * process.resourceUsage().maxRSS) / 1e6;
}
