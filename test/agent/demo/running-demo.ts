import { onTestFinished } from 'vitest';
import type { DemoIntroduction } from '../../../agent/demo/report.ts';
import { type DemoOptions, runDemo } from '../../../agent/demo/run-demo.ts';
import type { DemoTask } from '../../../agent/demo/sets.ts';
import type { Brain } from '../../../pipeline/brain.ts';
import { temporaryFolder } from '../rig.ts';

/** The lines of `demo --json`, as they come. */
export interface RunningDemo {
  readonly start: DemoIntroduction;
  /** Every line, oldest first; grows. */
  readonly lines: readonly Record<string, unknown>[];
  readonly ended: Promise<void>;
  /** What Ctrl-C does. Resolves when the demo has ended. */
  stop(): Promise<void>;
}

/** A demo in this process on free ports, stopped when the test is over. Rejects when it cannot start. */
export async function startDemo(
  task: DemoTask,
  brain: Brain,
  options: Partial<DemoOptions> = {},
): Promise<RunningDemo> {
  const stateDir = await temporaryFolder();
  const interrupt = new AbortController();
  const lines: Record<string, unknown>[] = [];
  let begun = (): void => {};
  let failed = (_: unknown): void => {};
  const started = new Promise<void>((resolve, reject) => {
    begun = resolve;
    failed = reject;
  });
  const ended = runDemo({
    task,
    brain,
    stateDir,
    seed: 1,
    port: 0,
    pagePort: 0,
    json: true,
    stdout: {
      write: (text: string) => {
        lines.push(JSON.parse(text));
        begun();
      },
    },
    stderr: process.stderr,
    signal: interrupt.signal,
    ...options,
  });
  const stop = (): Promise<void> => {
    interrupt.abort();
    return ended;
  };
  ended.catch(failed);
  await started;
  onTestFinished(stop);
  return { start: lines[0] as unknown as DemoIntroduction, lines, ended, stop };
}
