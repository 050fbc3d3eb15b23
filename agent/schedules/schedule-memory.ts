import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Log } from '../log.ts';

/** When jobs are due next, over a restart. */
export interface ScheduleMemory {
  /** Epoch milliseconds; undefined for a job that nobody knows. */
  dueMs(id: string): number | undefined;
  remember(due: readonly (readonly [id: string, dueMs: number])[]): void;
}

const fileSchema = z.record(z.string(), z.number());

/** Due times in a small file of the state folder. What cannot be read is forgotten; what cannot be written is told once. */
export function scheduleFile(path: string, log: Log): ScheduleMemory {
  const known = new Map(Object.entries(read(path)));
  let written = '';
  let isTold = false;
  return {
    dueMs: (id) => known.get(id),
    remember: (due) => {
      const text = `${JSON.stringify(Object.fromEntries(due), null, 2)}\n`;
      if (text === written) return;
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(`${path}.partial`, text, { mode: 0o600 });
        renameSync(`${path}.partial`, path);
        written = text;
      } catch (error) {
        if (!isTold)
          log.warn(
            `${path} cannot be written, so missed schedules will not be seen: ${(error as Error).message}`,
          );
        isTold = true;
      }
    },
  };
}

function read(path: string): Record<string, number> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
