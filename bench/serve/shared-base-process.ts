import type { ModelTask } from '../../model/runtime/model-task.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import type { TaskOfModel } from '../../model/runtime/task-scorers.ts';
import type { GptShape } from '../../model/shape.ts';
import { rssMb } from '../../pipeline/measure/memory.ts';
import { median } from '../../pipeline/measure/quantiles.ts';
import type { WindowTokens } from '../../pipeline/measure/subject.ts';
import { answerWindow } from '../../pipeline/measure/window-latency.ts';

/** A process with several tasks, in which nothing else runs: what to load in, memory and speed out. */
export interface TasksOrder {
  readonly shape: GptShape;
  /** Models, and the tasks of each. */
  readonly models: readonly { readonly modelPath: string; readonly tasks: readonly TaskOfModel[] }[];
  readonly windows: readonly WindowTokens[];
  /** Windows of each task. */
  readonly rounds: number;
}

export interface TasksUse {
  readonly bareRssMb: number;
  /** While the windows of all tasks are answered in turn. */
  readonly steadyRssMb: number;
  /** Of each model in turn, window to answer. */
  readonly windowMs: readonly number[];
}

process.on('message', async (order: TasksOrder) => void process.send!(await useOf(order)));

async function useOf({ shape, models, windows, rounds }: TasksOrder): Promise<TasksUse> {
  const bareRssMb = rssMb();
  const tasks: { readonly model: number; readonly task: ModelTask }[] = [];
  for (const [model, { modelPath, tasks: own }] of models.entries()) {
    const runtime = await ModelRuntime.start({ modelPath, shape, threads: 1 });
    for (const task of own) tasks.push({ model, task: await runtime.addTask(task) });
  }
  const rss: number[] = [];
  const windowMs: number[][] = models.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const { model, task } of tasks) {
      const startMs = performance.now();
      await answerWindow(task, windows[round % windows.length]!);
      windowMs[model]!.push(performance.now() - startMs);
      rss.push(rssMb());
    }
  }
  return { bareRssMb, steadyRssMb: median(rss.slice(rss.length / 2)), windowMs: windowMs.map(median) };
}
