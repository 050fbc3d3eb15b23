import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DemoTask } from '../../../agent/demo/sets.ts';
import type { Brain } from '../../../pipeline/brain.ts';
import { loadBrain } from '../../../pipeline/tiny-brain.ts';
import { REPOSITORY } from '../../tools.ts';

/** The model that ships for a task, closed when the test is over. */
export async function shippedBrain(task: DemoTask): Promise<Brain> {
  const brain = await loadBrain(join(REPOSITORY, 'models', task), { threads: 1 });
  onTestFinished(() => brain.close());
  return brain;
}
