/** Stretches of missing numbers that are remembered, so that what comes late can be told from what comes twice. */
const MAX_GAPS = 64;
/** Two numbers are compared by the shorter way round; beyond a quarter of it the beginning is forgotten. */
const FAR = 2 ** 30;

/** Missing numbers: `count` of them from `from` on, modulo 2^32. */
interface Gap {
  readonly from: number;
  readonly count: number;
}

/** Counts exactly what of an unsigned 32-bit numbering did not come, across its wrap and in whatever order it comes. */
export class Sequence {
  /** The lowest and the highest so far, as long as they can be told apart. */
  #first: number | undefined;
  #next: number | undefined;
  #gaps: Gap[] = [];
  /** Numbers that were given and have not come. What was given before the first that came was given to nobody. */
  lost = 0;

  /** `count` numbers from `from` on are here. Returns how many of them were not here before. */
  take(from: number, count = 1): number {
    if (this.#next === undefined) {
      this.#first = from;
      this.#next = from;
    }
    const beforeFirst = this.#first === undefined ? 0 : difference(this.#first, from);
    if (beforeFirst > 0) this.beganAt(from);
    const behind = Math.min(count, Math.max(0, difference(this.#next, from)));
    const late = behind > 0 ? this.#find(from, behind) : 0;
    if (behind === count) return late;
    this.expect(from);
    this.#next = (from + count) >>> 0;
    this.#forgetFar(this.#next);
    return late + count - behind;
  }

  /** All numbers before `next` have been given. */
  expect(next: number): void {
    this.#first ??= this.#next === undefined ? next : undefined;
    this.#next ??= next;
    const ahead = difference(next, this.#next);
    if (ahead <= 0) return;
    this.#miss(this.#next, ahead);
    this.#next = next;
    this.#forgetFar(next);
  }

  /** Somebody listened from number `first` on: those between it and the first that came are missing. */
  beganAt(first: number): void {
    const before = this.#first === undefined ? 0 : difference(this.#first, first);
    if (before <= 0) return;
    this.#miss(first, before);
    this.#first = first;
  }

  /** Numbers come round again: those of long ago must not be taken for those to come. */
  #forgetFar(next: number): void {
    if (this.#first !== undefined && difference(next, this.#first) > FAR) this.#first = undefined;
    const oldest = this.#gaps[0];
    if (oldest && difference(next, oldest.from) > FAR) this.#gaps.shift();
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
      const start = difference(from, gap.from);
      const inside = Math.min(gap.count, start + count) - Math.max(0, start);
      if (inside <= 0) return [gap];
      found += inside;
      const before = { from: gap.from, count: Math.max(0, start) };
      const after = {
        from: (gap.from + before.count + inside) >>> 0,
        count: gap.count - before.count - inside,
      };
      return [before, after].filter((part) => part.count > 0);
    });
    this.lost -= found;
    return found;
  }
}

/** How far `a` is ahead of `b`, by the shorter way round. */
const difference = (a: number, b: number): number => (a - b) | 0;
