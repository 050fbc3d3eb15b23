import type { Figure } from '../../figures.ts';
import { type Arena, contest, type Medians } from '../contest.ts';
import { type MachinePeaks, nearTo, prefillFloorMs, prefillWork, stepFloorMs } from '../floors.ts';
import { type Size, servedShape, VARIANTS, type Variant } from '../models.ts';
import { LAST_ROW_TOKENS, PREFIX_TOKENS, WINDOW_TOKENS } from '../task.ts';
import { besideLlama, rivalOf } from './beside.ts';

/** Times as fast as llama.cpp. */
const WINDOW_TARGETS: Readonly<Record<Size, Partial<Record<Variant, number>>>> = {
  '30M': { fp32: 3, int8: 2.3 },
  '124M': { fp32: 2.1, int8: 2.1 },
};
const AT_ONCE_TARGET = 20;
const SAME_CHUNKS_TARGET = 1;
/** Few in a row, so that turns are short. */
const RUNS: Readonly<Record<Size, number>> = { '30M': 3, '124M': 1 };

/** From windows to labels: all of a window at once, and from its last sample when it was read as it came. */
export async function windowFigures(arena: Arena<Size>, peaks: MachinePeaks): Promise<Figure[]> {
  const { size } = arena;
  const atOnce = await contest(arena, {}, (program, model) => program.ask('windowMs', model, RUNS[size]));
  const streamed = await contest(arena, { ours: ['fp32', 'int8'] }, (program, model) =>
    program.ask('lastSampleMs', model, RUNS[size]),
  );
  return [
    ...VARIANTS.map((variant) => atOnceFigure(arena, variant, atOnce, peaks)),
    ...(['fp32', 'int8'] as const).flatMap((variant) =>
      streamedFigures(arena, variant, { streamed, atOnce }, peaks),
    ),
  ];
}

function atOnceFigure(arena: Arena<Size>, variant: Variant, medians: Medians, peaks: MachinePeaks): Figure {
  const { size } = arena;
  const ours = medians.ours[variant]!;
  const floorMs = prefillFloorMs(
    prefillWork(servedShape(size), WINDOW_TOKENS, PREFIX_TOKENS),
    variant,
    peaks,
  );
  const times = WINDOW_TARGETS[size][variant];
  return besideLlama(arena, {
    what: 'window of 256 tokens to label',
    unit: 'ms',
    lessIsBetter: true,
    variant,
    ours,
    peer: rivalOf(variant, medians),
    target: times === undefined ? undefined : { times },
    peak: nearTo(floorMs, ours),
  });
}

function streamedFigures(
  arena: Arena<Size>,
  variant: Variant,
  { streamed, atOnce }: { readonly streamed: Medians; readonly atOnce: Medians },
  peaks: MachinePeaks,
): Figure[] {
  const ours = streamed.ours[variant]!;
  const last = { tokens: LAST_ROW_TOKENS, past: PREFIX_TOKENS + WINDOW_TOKENS - LAST_ROW_TOKENS };
  const floorMs = stepFloorMs(servedShape(arena.size), variant, last, peaks);
  const figureBeside = (medians: Medians, what: string, times: number) =>
    besideLlama(arena, {
      what,
      unit: 'ms',
      lessIsBetter: true,
      variant,
      ours,
      peer: rivalOf(variant, medians),
      target: { times },
      peak: nearTo(floorMs, ours),
    });
  return [
    figureBeside(atOnce, 'last sample to label, peer reads the window at its end', AT_ONCE_TARGET),
    figureBeside(streamed, 'last sample to label, peer reads the same chunks', SAME_CHUNKS_TARGET),
  ];
}
