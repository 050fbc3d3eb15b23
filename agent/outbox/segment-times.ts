/** Of every so many messages the time is kept: a few dozen of a full segment. */
const EVERY = 64;

/** When the messages of a segment were made, in a memory that is small beside them. */
export class SegmentTimes {
  /** Ascending. */
  #marks: { readonly index: number; readonly madeMs: number }[] = [];

  /** @param index of the message in its segment, higher than those before */
  add(index: number, madeMs: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || index >= last.index + EVERY) this.#marks.push({ index, madeMs });
  }

  /** All messages so far are done with: the next one's own time is kept. */
  clear(): void {
    this.#marks = [];
  }

  /** When a message was made: its own time, or that of one made shortly before. */
  of(index: number): number {
    const mark = this.#marks.findLast((candidate) => candidate.index <= index) ?? this.#marks[0];
    return mark?.madeMs ?? Number.NaN;
  }
}
