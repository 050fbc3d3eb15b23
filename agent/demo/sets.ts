import { join } from 'node:path';
import { packageRoot } from '../../commandline/package.ts';
import type { PlayStyle } from '../../firmware-bridge/virtual-board.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';

/** What the demo can show: real recordings (recordings/README.md), and how a virtual board plays them. */
interface DemoSet {
  readonly file: string;
  readonly style: PlayStyle;
}

export const DEMO_SETS = {
  gesture: {
    file: 'gesture-test.jsonl.gz',
    style: {
      kind: 'joined',
      idleS: [1.5, 4],
      // Proximity counts down from 255 when something comes near; ambient light wavers by a few percent.
      quiet: { channel: 'proximity', atLeast: 250, within: 0.1, slack: 5 },
    },
  },
  local: {
    file: 'local-test.jsonl.gz',
    // Longer than the task's hop, so that every row is answered at least once.
    style: { kind: 'held', holdS: [6, 10] },
  },
} as const satisfies Record<string, DemoSet>;

export type DemoTask = keyof typeof DEMO_SETS;

export const isDemoTask = (name: string): name is DemoTask => Object.hasOwn(DEMO_SETS, name);

export async function demoRecordings(task: DemoTask): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for await (const recording of readRecordings(join(packageRoot(), 'recordings', DEMO_SETS[task].file))) {
    recordings.push(recording);
  }
  return recordings;
}
