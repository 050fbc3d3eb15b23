import type { Figure } from '../../figures.ts';
import { type Arena, contest } from '../contest.ts';
import {
  bytesOfToken,
  type MachinePeaks,
  nearTo,
  prefillFloorMs,
  prefillWork,
  readFloorMs,
} from '../floors.ts';
import { type Size, servedShape, VARIANTS } from '../models.ts';
import { DECODE_PROMPT_TOKENS, DECODE_TOKENS } from '../program.ts';
import { besideLlama, peerOf, rivalOf } from './beside.ts';

const PREFILL_TOKENS = [64, 256, 512] as const;
const DECODE_TARGET = 0.9;
/** What one int8 token is written with. */
const DECODE_RIVALS = { fp32: 'f32', int8: 'q8_0', q8: 'q8_0', q4: 'q4_0' } as const;

/** Reading prompts that have nothing in common, and writing after them. */
export async function tokenFigures(arena: Arena<Size>, peaks: MachinePeaks): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const tokens of PREFILL_TOKENS) figures.push(...(await prefillFigures(arena, tokens, peaks)));
  return [...figures, ...(await decodeFigures(arena, peaks))];
}

async function prefillFigures(arena: Arena<Size>, tokens: number, peaks: MachinePeaks): Promise<Figure[]> {
  const { size } = arena;
  const entrants = { ours: ['fp32', 'int8'] } as const;
  const medians = await contest(arena, entrants, (program, model) =>
    program.ask('prefillMs', model, tokens, 1),
  );
  return entrants.ours.map((variant) => {
    const ours = medians.ours[variant]!;
    const floorMs = prefillFloorMs(prefillWork(servedShape(size), tokens, 0), variant, peaks);
    return besideLlama(arena, {
      what: `prefill of ${tokens} tokens`,
      unit: 'ms',
      lessIsBetter: true,
      variant,
      ours,
      peer: rivalOf(variant, medians),
      peak: nearTo(floorMs, ours),
    });
  });
}

async function decodeFigures(arena: Arena<Size>, peaks: MachinePeaks): Promise<Figure[]> {
  const medians = await contest(arena, {}, (program, model) => program.ask('decodeTokensPerS', model, 1));
  return VARIANTS.map((variant) => {
    const ours = medians.ours[variant]!;
    const past = DECODE_PROMPT_TOKENS + DECODE_TOKENS / 2;
    const floorMs = readFloorMs(bytesOfToken(servedShape(arena.size), variant, past), peaks);
    return besideLlama(arena, {
      what: 'decode',
      unit: 'tokens/s',
      variant,
      ours,
      peer: peerOf(medians, DECODE_RIVALS[variant]),
      // Of 8 bits there are two variants: q8 is made for writing, int8 for reading.
      target: variant === 'int8' ? undefined : { times: DECODE_TARGET },
      peak: nearTo(floorMs, 1000 / ours),
    });
  });
}
