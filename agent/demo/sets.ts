import { join } from 'node:path';
import { packageRoot } from '../../commandline/package.ts';
import type { PlayStyle } from '../../firmware-bridge/virtual-board.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';

/** How the demo speaks of its recordings. */
export interface DemoWording {
  readonly played: readonly [one: string, many: string];
  /** How a board plays them, and how fast; a sentence without its full stop. */
  readonly pace: string;
}

/** What the demo can show: real recordings (recordings/README.md), and how a virtual board plays them. */
interface DemoSet {
  readonly file: string;
  readonly style: PlayStyle;
  readonly wording: DemoWording;
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
    wording: {
      played: ['gesture', 'gestures'],
      pace: 'A virtual board plays them at a nominal 25 Hz: the source states no sampling rate',
    },
  },
  local: {
    file: 'local-test.jsonl.gz',
    // Longer than the task's hop, so that every row is answered at least once.
    style: { kind: 'held', holdS: [6, 10] },
    wording: {
      played: ['row', 'rows'],
      pace: 'A virtual board sends each row for 6 to 10 seconds: a new place every so many seconds',
    },
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
