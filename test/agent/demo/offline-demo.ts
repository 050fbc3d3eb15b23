import { from, lastValueFrom, tap } from 'rxjs';
import { type Score, Scoreboard } from '../../../agent/demo/scoreboard.ts';
import { DEMO_SETS, type DemoTask, demoRecordings } from '../../../agent/demo/sets.ts';
import { demoStream } from '../../../firmware-bridge/virtual-board.ts';
import type { Brain } from '../../../pipeline/brain.ts';
import { every } from '../../../pipeline/load.ts';
import { Meter } from '../../../pipeline/meter.ts';
import { predictions } from '../../../pipeline/predictions.ts';

/** The score of a demo of `durationMs` without sockets and without waiting: the agent's pipeline, fed at once. */
export async function scoreOffline(
  task: DemoTask,
  brain: Brain,
  { seed, durationMs }: { readonly seed: number; readonly durationMs: number },
): Promise<Score> {
  const startUs = 1_700_000_000_000_000;
  const { style } = DEMO_SETS[task];
  const { readings, truth } = demoStream(await demoRecordings(task), { seed, startUs, durationMs, style });
  const scoreboard = new Scoreboard(brain.task.spec, startUs);
  for (const span of truth) scoreboard.played(span);
  const answers$ = from(readings).pipe(
    predictions(brain, every(), new Meter(), { agent: 'test' }),
    tap(({ prediction }) => scoreboard.predicted(prediction)),
  );
  await lastValueFrom(answers$, { defaultValue: undefined });
  return scoreboard.score(startUs + durationMs * 1000);
}
