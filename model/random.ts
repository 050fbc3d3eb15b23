/**
 * Random numbers as a pure function of (seed, key...).
 *
 * The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
 * block `n` of a stream is a keyed mix of the counter `n`, so there is no hidden state to save. `fork` derives
 * a stream for a part of the work ("epoch 3", "sample 17"): a resumed run draws what an unbroken one would have.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  #blocksDrawn = 0;
  #block: readonly number[] = [];
  #nextWord = WORDS_PER_BLOCK;
  #spareNormal: number | null = null;

  private constructor(key: readonly [number, number]) {
    this.#key = key;
  }

  /** @param seed any safe integer; all 53 bits count. */
  static seeded(seed: number): RandomStream {
    return new RandomStream([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]);
  }

  /** An independent stream named by `key`, whatever this stream has drawn so far. */
  fork(...key: readonly (string | number)[]): RandomStream {
    let [k0, k1] = this.#key;
    for (const part of key) {
      const [h0, h1] = hashText(typeof part === 'number' ? `#${part}` : part);
      const mixed = philox4x32([h0, h1, 0, FORK_DOMAIN], [k0, k1]);
      [k0, k1] = [mixed[0]!, mixed[1]!];
    }
    return new RandomStream([k0, k1]);
  }

  /** The next 32 random bits, as an integer in [0, 2^32). */
  bits(): number {
    if (this.#nextWord === WORDS_PER_BLOCK) {
      const n = this.#blocksDrawn++;
      this.#block = philox4x32([n >>> 0, Math.floor(n / 2 ** 32), 0, DRAW_DOMAIN], this.#key);
      this.#nextWord = 0;
    }
    return this.#block[this.#nextWord++]!;
  }

  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Standard normal (Box & Muller, 1958). */
  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Uniform integer in [0, bound), 1 <= bound <= 2^53. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** The numbers 0..count-1 in random order (Fisher & Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i]!;
      order[i] = order[j]!;
      order[j] = held;
    }
    return order;
  }
}

const WORDS_PER_BLOCK = 4;

/** The last counter word keeps the numbers drawn apart from the keys derived. */
const DRAW_DOMAIN = 0;
const FORK_DOMAIN = 1;

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** Key increments: golden ratio and sqrt(3) - 1, in 32 bits. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** One block: four words of counter and two of key give four words of output. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = highProduct(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit integers, by 16-bit halves. */
function highProduct(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536);
}

/** Two FNV-1a hashes of the text with different offsets; Philox does the mixing. */
function hashText(text: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + 0x9e37), 0x85ebca6b);
  }
  return [a >>> 0, b >>> 0];
}
