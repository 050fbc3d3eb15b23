import type { GptShape } from '../../model/shape.ts';
import type { Variant } from './models.ts';

/** What the machine can do at best with a number of threads, measured with ONNX Runtime's own kernels. */
export interface MachinePeaks {
  /** Multiplications and additions a second of a large matrix product, in units of 10^9: floats .. */
  readonly floatGflops: number;
  /** .. and 8-bit integers. */
  readonly integerGops: number;
  /** Bytes a second, in units of 10^9, that are read again and again: what of them stays in a cache is read faster. */
  readonly reads: readonly { readonly bytes: number; readonly gbPerS: number }[];
}

/** Multiplications and additions. */
interface Work {
  readonly linear: number;
  readonly attention: number;
}

/**
 * The least work for the last of `tokens` new tokens after `past` others, a product and its sum as two operations: in the
 * last layer all tokens need keys and values, but only one needs the rest.
 */
export function prefillWork({ layers, width }: GptShape, tokens: number, past: number): Work {
  const keysAndValues = 4 * width ** 2;
  const wholeLayer = 24 * width ** 2;
  const linear = (layers - 1) * tokens * wholeLayer + tokens * keysAndValues + wholeLayer - keysAndValues;
  const seen = tokens * past + (tokens * (tokens + 1)) / 2;
  const attention = 4 * width * ((layers - 1) * seen + past + tokens);
  return { linear, attention };
}

/** Milliseconds that this takes at the machine's peak. All variants attend in floats. */
export function prefillFloorMs(
  { linear, attention }: Work,
  variant: Variant,
  { floatGflops, integerGops }: MachinePeaks,
): number {
  const linearPeak = variant === 'fp32' ? floatGflops : integerGops;
  return (linear / linearPeak + attention / floatGflops) / 1e6;
}

const WEIGHT_BITS: Readonly<Record<Variant, number>> = { fp32: 32, int8: 8, q8: 8, q4: 4 };

/** What is read for one token after `past` others: all matrices, the token table as the head, keys and values. */
export function bytesOfToken({ layers, width, vocab }: GptShape, variant: Variant, past: number): number {
  const matrices = (layers * 12 * width ** 2 * WEIGHT_BITS[variant]) / 8;
  const table = vocab * width * (variant === 'fp32' ? 4 : 1);
  return matrices + table + 2 * layers * past * width * 4;
}

/** Milliseconds that reading so much takes, by the peak that was measured nearest to it. */
export function readFloorMs(bytes: number, { reads }: MachinePeaks): number {
  const distance = (other: number) => Math.abs(Math.log(other / bytes));
  const nearest = reads.reduce((best, read) => (distance(read.bytes) < distance(best.bytes) ? read : best));
  return bytes / nearest.gbPerS / 1e6;
}

/** Milliseconds for a few tokens: the weights must be read once, and all products computed, which can go on together. */
export function stepFloorMs(
  shape: GptShape,
  variant: Variant,
  { tokens, past }: { readonly tokens: number; readonly past: number },
  peaks: MachinePeaks,
): number {
  const withoutHead = { ...shape, vocab: 0 };
  return Math.max(
    prefillFloorMs(prefillWork(shape, tokens, past), variant, peaks),
    readFloorMs(bytesOfToken(withoutHead, variant, past), peaks),
  );
}

/** How near a duration comes to its floor: `58 % of the peak`. */
export const nearTo = (floorMs: number, ms: number): string =>
  `${Math.round((100 * floorMs) / ms)} % of the peak`;
