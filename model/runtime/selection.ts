/** Where the greatest of many values end. */
export interface Cut {
  /** The least value that is kept. */
  readonly least: number;
  /** How many that equal it are kept. */
  readonly equals: number;
}

type Values = Float32Array | Float64Array;

/**
 * Keep the greatest values, as few as are together worth `enough`, but one at least; all where even they are not.
 *
 * Source: Hoare, "Algorithm 65: Find", 1961: only the part where the cut lies is divided further, so nothing is sorted.
 */
export function cutAt(values: Values, enough: number, worth: (value: number) => number): Cut {
  let rest = values;
  let kept = 0; // worth of all that are greater than the rest
  let [room, other] = [new Float64Array(values.length), new Float64Array(values.length)];
  for (;;) {
    const pivot = medianOfThree(rest);
    const { greater, smaller } = divide(rest, pivot, room);
    [room, other] = [other, room];
    let withGreater = kept;
    for (let i = 0; i < greater.length; i++) withGreater += worth(greater[i]!);
    if (greater.length > 0 && withGreater >= enough) {
      rest = greater;
      continue;
    }
    const equals = rest.length - greater.length - smaller.length;
    kept = withGreater;
    for (let taken = 1; taken <= equals; taken++) {
      kept += worth(pivot);
      if (kept >= enough) return { least: pivot, equals: taken };
    }
    if (smaller.length === 0) return { least: pivot, equals };
    rest = smaller;
  }
}

/** Which values are kept, ascending; of equal ones the first. */
export function indicesAbove(values: Values, { least, equals }: Cut): number[] {
  const kept: number[] = [];
  let equalsLeft = equals;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > least || (values[i] === least && equalsLeft-- > 0)) kept.push(i);
  }
  return kept;
}

/** The same in place: what is not kept becomes 0. */
export function clearBelow(values: Values, { least, equals }: Cut): void {
  let equalsLeft = equals;
  for (let i = 0; i < values.length; i++) {
    const isKept = values[i]! > least || (values[i] === least && equalsLeft-- > 0);
    if (!isKept) values[i] = 0;
  }
}

/** Both parts are views of `into`, which has room for all values and is not where they are. */
function divide(values: Values, pivot: number, into: Float64Array) {
  let front = 0;
  let back = values.length;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > pivot) into[front++] = value;
    else if (value < pivot) into[--back] = value;
  }
  return { greater: into.subarray(0, front), smaller: into.subarray(back, values.length) };
}

function medianOfThree(values: Values): number {
  const ends = [values[0]!, values[values.length >> 1]!, values[values.length - 1]!];
  return ends.sort((a, b) => a - b)[1]!;
}
