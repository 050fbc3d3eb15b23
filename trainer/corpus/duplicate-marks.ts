const EXACT = 1;
const NEAR = 2;
const BITS = 2;
const PER_BYTE = 8 / BITS;

/** Which documents of a corpus stand in it before: two bits for each, so 250 MB for a thousand million. */
export class DuplicateMarks {
  readonly #bits: Uint8Array;

  constructor(documents: number) {
    this.#bits = new Uint8Array(Math.ceil(documents / PER_BYTE));
  }

  markExact(document: number): void {
    this.#mark(document, EXACT);
  }

  markNear(document: number): void {
    this.#mark(document, NEAR);
  }

  isMarked(document: number): boolean {
    return this.#of(document) !== 0;
  }

  /** Why a document is left out, in words for people. An exact duplicate is near as well, and counts as exact. */
  reason(document: number): string | undefined {
    const marks = this.#of(document);
    if (marks === 0) return undefined;
    return (marks & EXACT) !== 0 ? 'exact duplicate' : 'near duplicate';
  }

  #mark(document: number, mark: number): void {
    this.#bits[Math.floor(document / PER_BYTE)]! |= mark << (BITS * (document % PER_BYTE));
  }

  #of(document: number): number {
    return (this.#bits[Math.floor(document / PER_BYTE)]! >> (BITS * (document % PER_BYTE))) & (EXACT | NEAR);
  }
}
