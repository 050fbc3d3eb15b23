const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Where something ends, and where the next one begins. */
export interface Border {
  readonly end: number;
  readonly next: number;
}

/** What stands between two documents of a file. */
export interface Delimiter {
  /** Bytes before a document in which the delimiter that ends there may lie. */
  readonly reach: number;
  /**
   * The first delimiter in `bytes` at `from` or behind it; undefined when there is none, or when it cannot be told yet.
   * `from` is where a line begins, but for the start of a piece of a file.
   */
  find(bytes: Buffer, from: number, isWhole: boolean): Border | undefined;
}

/** Every line is a document. */
export const LINES: Delimiter = {
  reach: 1,
  find: (bytes, from) => {
    const end = bytes.indexOf(NEWLINE, from);
    return end < 0 ? undefined : { end, next: end + 1 };
  },
};

/** Documents are separated by a line that holds nothing but `separator`; lines end with `\n` or `\r\n`. */
export function separatorLine(separator: string): Delimiter {
  const mark = Buffer.from(separator);
  return {
    reach: mark.length + 3,
    find: (bytes, from, isWhole) => {
      for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1)) {
        const after = at + mark.length;
        const next = lineEnd(bytes, after, isWhole);
        if (next === undefined) return undefined; // the next chunk tells
        const beginsLine = at === 0 || bytes[at - 1] === NEWLINE;
        if (beginsLine && next > 0) return { end: withoutLineEnd(bytes, from, at), next };
      }
      return undefined;
    },
  };
}

/** Where the line after `at` begins when the line ends at `at`, else 0; undefined when the bytes end too soon to know. */
function lineEnd(bytes: Buffer, at: number, isWhole: boolean): number | undefined {
  if (at + 1 >= bytes.length && !isWhole) return undefined;
  if (at >= bytes.length) return at;
  if (bytes[at] === NEWLINE) return at + 1;
  return bytes[at] === RETURN && bytes[at + 1] === NEWLINE ? at + 2 : 0;
}

function withoutLineEnd(bytes: Buffer, from: number, at: number): number {
  let end = at;
  if (end > from && bytes[end - 1] === NEWLINE) end--;
  if (end > from && bytes[end - 1] === RETURN) end--;
  return end;
}
