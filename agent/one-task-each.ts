import { configError } from '../protocols/errors.ts';

/** A task, and the folder of the bundle that answers it. */
export interface TaskOfBundle {
  readonly task: string;
  readonly bundle: string;
}

/** Who reads predictions tells them apart by their task. Throws `TinyError` (exit 78) when two bundles are of the same. */
export function refuseSameTask(all: readonly TaskOfBundle[]): void {
  for (const [i, { task, bundle }] of all.entries()) {
    const before = all.slice(0, i).find((one) => one.task === task);
    if (before === undefined) continue;
    throw configError(
      `${before.bundle} and ${bundle} are both of the task ${task}`,
      'leave one of them out of `bundle`, or run another agent for it',
    );
  }
}
