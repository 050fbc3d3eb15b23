/** Stretches of missing numbers that are remembered, so that what comes late can be told from what comes twice. */
const MAX_GAPS = 64;

/** Missing numbers: `count` of them from `from` on, modulo 2^32. */
interface Gap {
  readonly from: number;
  readonly count: number;
}

/**
 * Counts exactly what of an unsigned 32-bit numbering did not come, across its wrap and whatever the order.
 * Two numbers are compared by the shorter way round, so a loss of 2^31 in a row is the most that can be told.
 */
export class Sequence {
  #first: number | undefined;
  #next: number | undefined;
  #gaps: Gap[] = [];
  /** Numbers that were given and have not come. */
  lost = 0;

  /** `count` numbers from `from` on are here. Returns how many of them were not here before. */
  take(from: number, count = 1): number {
    this.#begin(from);
    const ahead = signed(from - this.#next!);
    if (ahead > 0) this.#miss(this.#next!, ahead);
    const behind = Math.min(count, Math.max(0, -ahead));
    const found = behind > 0 ? this.#find(from, behind) : 0;
    if (count > behind) this.#next = (from + count) >>> 0;
    return found + count - behind;
  }

  /** All numbers before `next` have been given. */
  expect(next: number): void {
    this.#begin(next);
    const ahead = signed(next - this.#next!);
    if (ahead <= 0) return;
    this.#miss(this.#next!, ahead);
    this.#next = next;
  }

  /** The first numbers were given as well: whatever came first was not the beginning. Once. */
  beganAt(first: number): void {
    const before = signed((this.#first ?? first) - first);
    if (before > 0) this.#miss(first, before);
    this.#first = first;
  }

  #begin(number: number): void {
    this.#first ??= number;
    this.#next ??= number;
  }

  #miss(from: number, count: number): void {
    this.lost += count;
    this.#gaps.push({ from, count });
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  /** Take numbers out of the gaps; returns how many of them were in one. */
  #find(from: number, count: number): number {
    let found = 0;
    this.#gaps = this.#gaps.flatMap((gap) => {
      const start = signed(from - gap.from);
      const inside = Math.min(gap.count, start + count) - Math.max(0, start);
      if (inside <= 0) return [gap];
      found += inside;
      const before = { from: gap.from, count: Math.max(0, start) };
      const rest = gap.count - before.count - inside;
      const after = { from: (gap.from + before.count + inside) >>> 0, count: rest };
      return [before, after].filter((part) => part.count > 0);
    });
    this.lost -= found;
    return found;
  }
}

/** The difference of two unsigned 32-bit numbers, by the shorter way round. */
const signed = (difference: number): number => difference | 0;
