import type { Figure } from '../../figures.ts';
import { type Arena, contest } from '../contest.ts';
import { MOST_BOARDS } from '../program.ts';
import { besideLlama, rivalOf } from './beside.ts';

const TARGET = 2.1;

/** Eight boards whose windows end at once. */
export async function boardsFigures(arena: Arena): Promise<Figure[]> {
  const entrants = { ours: ['fp32', 'int8'] } as const;
  const medians = await contest(arena, entrants, (program, model) =>
    program.ask('windowsPerS', model, MOST_BOARDS, 1),
  );
  return entrants.ours.map((variant) =>
    besideLlama(arena, {
      what: `${MOST_BOARDS} boards at once`,
      unit: 'windows/s',
      variant,
      ours: medians.ours[variant]!,
      peer: rivalOf(variant, medians, 'more'),
      target: { times: TARGET },
    }),
  );
}
