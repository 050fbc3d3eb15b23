import type { ChunkPlan } from '../../model/runtime/chunk-plan.ts';

/**
 * The runs in which the runtime reads a window whose rows come one by one and which never keeps it waiting.
 *
 * @param rows tokens that come with each, the response mark with the last
 * @returns tokens of each run; the last one, which gives the answer, is what is left to do at the last sample
 */
export function chunkSchedule(plan: ChunkPlan, rows: readonly number[]): number[] {
  const runs: number[] = [];
  let read = 0;
  let waiting = 0;
  for (const [i, tokens] of rows.entries()) {
    waiting += tokens;
    const isComplete = i === rows.length - 1;
    const next = () => plan.chunk({ read, waiting, isComplete, othersFill: true });
    for (let chunk = next(); chunk > 0; chunk = next()) {
      runs.push(chunk);
      read += chunk;
      waiting -= chunk;
    }
  }
  return [...runs, waiting];
}
