import { onTestFinished } from 'vitest';
import { runDemo } from '../../../agent/demo/run-demo.ts';
import type { DemoTask } from '../../../agent/demo/sets.ts';
import type { Brain } from '../../../pipeline/brain.ts';
import { temporaryFolder } from '../rig.ts';

/** The lines of `demo --json`, as they come. */
export interface RunningDemo {
  readonly start: {
    readonly dashboardUrl: string;
    readonly mqtt: { port: number; username: string; password: string };
  };
  /** Every line, oldest first; grows. */
  readonly lines: readonly Record<string, unknown>[];
  /** As Ctrl-C does. Resolves when the demo has ended. */
  stop(): Promise<void>;
}

/** A demo in this process, ended when the test is. */
export async function startDemo(task: DemoTask, brain: Brain, forMs?: number): Promise<RunningDemo> {
  const interrupt = new AbortController();
  const lines: Record<string, unknown>[] = [];
  let ended: Promise<void> | undefined;
  const start = await new Promise<RunningDemo['start']>((resolve, reject) => {
    ended = temporaryFolder().then((stateDir) =>
      runDemo({
        task,
        brain,
        stateDir,
        seed: 1,
        forMs,
        port: 0,
        json: true,
        stdout: {
          write: (text: string) => {
            lines.push(JSON.parse(text));
            if (lines.length === 1) resolve(lines[0] as unknown as RunningDemo['start']);
          },
        },
        stderr: process.stderr,
        signal: interrupt.signal,
      }),
    );
    ended.catch(reject);
  });
  const stop = async (): Promise<void> => {
    interrupt.abort();
    await ended;
  };
  onTestFinished(stop);
  return { start, lines, stop };
}
