import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAdapter, linearLayers } from '../../../model/adapter.ts';
import { openBundle } from '../../../model/bundle.ts';
import { servingVariant } from '../../../model/quantize.ts';
import { RandomStream } from '../../../model/random.ts';
import { initialWeights } from '../../../model/weights.ts';
import { subjectOf } from '../../../pipeline/measure/subject.ts';
import { type Figure, figure } from '../../figures.ts';
import { PinnedProcess } from '../../pinned-process.ts';
import { servedModel } from '../models.ts';
import type { TasksOrder, TasksUse } from '../shared-base-process.ts';

const TASKS = [1, 2, 4];
const RANK = 8;
const ROUNDS = 30;
const QUICK_ROUNDS = 6;

/** Tasks which are adapters of one 30M base, beside as many models: memory of the process, and what an adapter costs. */
export async function sharedBaseFigures(quick: boolean): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-shared-base-'));
  try {
    return await figuresIn(folder, quick ? QUICK_ROUNDS : ROUNDS);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function figuresIn(folder: string, rounds: number): Promise<Figure[]> {
  const { bundle, shape } = await servedModel('30M');
  const { model: alone, windows } = await subjectOf(await openBundle(bundle), { variant: 'int8' });
  const random = RandomStream.seeded(1);
  const layers = linearLayers(shape);
  const modelPath = join(folder, 'base.onnx');
  const adapted = layers.map(({ name }) => name);
  await writeFile(modelPath, servingVariant('int8', shape, initialWeights(shape, random), adapted));
  const adapterPath = join(folder, 'adapter.safetensors');
  const values = (size: number) => Float32Array.from({ length: size }, () => 0.01 * random.normal());
  const changes = layers.map(({ name, inputs, outputs }) => {
    return [name, { down: values(inputs * RANK), up: values(RANK * outputs) }] as const;
  });
  const adapter = encodeAdapter({ rank: RANK, changes: new Map(changes) });
  await writeFile(adapterPath, adapter);

  const own = { modelPath: alone.modelPath, tasks: [{ task: alone.task! }] };
  const shared = (count: number) => ({
    modelPath,
    tasks: Array.from({ length: count }, () => ({ task: alone.task!, adapterPath })),
  });
  const order = (models: TasksOrder['models']): TasksOrder => ({ shape, models, windows, rounds });
  const figures: Figure[] = [];
  for (const count of TASKS) {
    const together = await use(order([shared(count)]));
    const apart = await use(order(Array.from({ length: count }, () => own)));
    figures.push(
      figure({
        name: `30M int8: memory of the process with ${count} ${count === 1 ? 'task' : 'tasks'} on one base`,
        unit: 'MB',
        ours: together.steadyRssMb,
        peer: apart.steadyRssMb,
        lessIsBetter: true,
        note: `peer: as many models of ours; before the model ${together.bareRssMb.toFixed(0)}`,
      }),
    );
  }
  const { windowMs } = await use(order([own, shared(1)]));
  return [
    ...figures,
    figure({
      name: `30M int8: window to label with an adapter of rank ${RANK}`,
      unit: 'ms',
      ours: windowMs[1]!,
      peer: windowMs[0],
      lessIsBetter: true,
      note: 'peer: ours without adapters, window by window in turn',
    }),
    figure({ name: `30M: file of an adapter of rank ${RANK}`, unit: 'kB', ours: adapter.length / 1e3 }),
  ];
}

async function use(order: TasksOrder): Promise<TasksUse> {
  const process = new PinnedProcess('serve/shared-base-process', '0');
  try {
    return await process.ask<TasksUse>(order);
  } finally {
    await process.end();
  }
}
