import type { Figure } from '../../figures.ts';
import { type Arena, contest } from '../contest.ts';
import { type MachinePeaks, nearTo, prefillFloorMs, prefillWork } from '../floors.ts';
import { servedShape } from '../models.ts';
import { MOST_BOARDS } from '../program.ts';
import { PREFIX_TOKENS, WINDOW_TOKENS } from '../task.ts';
import { besideLlama, rivalOf } from './beside.ts';

const TARGET = 2.1;

/** Eight boards whose windows end at once. */
export async function boardsFigures(arena: Arena, peaks: MachinePeaks): Promise<Figure[]> {
  const entrants = { ours: ['fp32', 'int8'] } as const;
  const medians = await contest(arena, entrants, (program, model) =>
    program.ask('windowsPerS', model, MOST_BOARDS, 1),
  );
  const work = prefillWork(servedShape(arena.size), WINDOW_TOKENS, PREFIX_TOKENS);
  return entrants.ours.map((variant) => {
    const ours = medians.ours[variant]!;
    return besideLlama(arena, {
      what: `${MOST_BOARDS} boards at once`,
      unit: 'windows/s',
      variant,
      ours,
      peer: rivalOf(variant, medians, 'more'),
      target: { times: TARGET },
      peak: nearTo(prefillFloorMs(work, variant, peaks), 1000 / ours),
    });
  });
}
