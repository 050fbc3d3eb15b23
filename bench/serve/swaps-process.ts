import { openBundle } from '../../model/bundle.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { rssMb } from '../../pipeline/measure/memory.ts';
import { subjectOf } from '../../pipeline/measure/subject.ts';
import { answerWindow } from '../../pipeline/measure/window-latency.ts';
import { servedModel } from './models.ts';

/** A process in which one model takes the place of another, again and again: how often in, `number[]` (MB after each) out. */
process.on('message', async ({ swaps }: { swaps: number }) => void process.send!(await rssAfterSwaps(swaps)));

async function rssAfterSwaps(swaps: number): Promise<number[]> {
  const bundle = await openBundle((await servedModel('30M')).bundle);
  const subjects = [await subjectOf(bundle, { variant: 'int8' }), await subjectOf(bundle, { variant: 'q8' })];
  let serving: ModelRuntime | undefined;
  const rss: number[] = [];
  for (let i = 0; i < swaps; i++) {
    const { model, windows } = subjects[i % subjects.length]!;
    const next = await ModelRuntime.start(model);
    await serving?.close();
    await answerWindow(next, windows[0]!);
    serving = next;
    rss.push(rssMb());
  }
  await serving?.close();
  return rss;
}
