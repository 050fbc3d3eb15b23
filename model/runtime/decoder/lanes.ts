import { type Code, f32x4, i32, i32x4, local, v128 } from '../../wasm/encoder.ts';

const HALVES_SWAPPED = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const PAIRS_SWAPPED = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];

/** Afterwards every lane of the local vector holds what `combine` makes of its four. */
const acrossLanes = (vector: number, combine: (a: Code, b: Code) => Code): Code =>
  [HALVES_SWAPPED, PAIRS_SWAPPED].flatMap((bytes) => {
    const V = local.get(vector);
    return local.set(vector, combine(V, v128.shuffle(V, V, bytes)));
  });

/** All four lanes become their sum. */
export const sumLanes = (vector: number): Code => acrossLanes(vector, f32x4.add);
export const sumIntegerLanes = (vector: number): Code => acrossLanes(vector, i32x4.add);
/** All four lanes become the greatest of them. */
export const greatestLane = (vector: number): Code => acrossLanes(vector, f32x4.greatest);

const LOG2_E = Math.LOG2E;
/** ln 2 in two parts: the first has so few bits that its product with a small whole number is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** Beyond these the result is no normal float32. */
const [LEAST, GREATEST] = [-87, 88];
const EXPONENT_BIAS = 127;
const MANTISSA_BITS = 23;
/** Of (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2, the highest power first: Cephes' expf, good to the last bit or two. */
const POLYNOMIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];

/**
 * exp(x) in each lane of the local vector, in place. `whole` and `rest` are locals to work with.
 *
 * exp(x) = 2^n exp(r), where n is the whole number nearest to x / ln 2 (Moshier, Cephes Mathematical Library, `expf`).
 */
export function exponential(x: number, whole: number, rest: number): Code {
  const [X, N, R] = [local.get(x), local.get(whole), local.get(rest)];
  const { constant, add, subtract, multiply } = f32x4;
  const polynomial = POLYNOMIAL.slice(1).reduce<Code>(
    (sum, coefficient) => add(multiply(sum, R), constant(coefficient)),
    constant(POLYNOMIAL[0]!),
  );
  const ofRest = add(add(multiply(multiply(polynomial, R), R), R), constant(1));
  const powerOfTwo = i32x4.shiftLeft(
    i32x4.add(i32x4.truncate(N), i32x4.splat(i32.constant(EXPONENT_BIAS))),
    MANTISSA_BITS,
  );
  return [
    ...local.set(x, f32x4.least(f32x4.greatest(X, constant(LEAST)), constant(GREATEST))),
    ...local.set(whole, f32x4.round(multiply(X, constant(LOG2_E)))),
    ...local.set(
      rest,
      subtract(subtract(X, multiply(N, constant(LN2_HIGH))), multiply(N, constant(LN2_LOW))),
    ),
    ...local.set(x, multiply(ofRest, powerOfTwo)),
  ];
}
