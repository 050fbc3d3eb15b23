/** Where the greatest of many values end. */
export interface Cut {
  /** The least value that is kept. */
  readonly least: number;
  /** How many that equal it are kept. */
  readonly equals: number;
}

/**
 * Keep the greatest values, as few as are together worth `enough`, but one at least; all where even they are not.
 *
 * Source: Hoare, "Algorithm 65: Find", 1961: only the part where the cut lies is divided further, so nothing is sorted.
 */
export function cutAt(
  values: Float32Array | Float64Array,
  enough: number,
  worth: (value: number) => number,
): Cut {
  let rest: Float64Array = new Float64Array(values);
  let kept = 0; // worth of all that are greater than the rest
  for (;;) {
    const pivot = medianOfThree(rest);
    const { greater, smaller } = divided(rest, pivot);
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
export function indicesAbove(values: Float32Array | Float64Array, { least, equals }: Cut): number[] {
  const kept: number[] = [];
  let equalsLeft = equals;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > least || (values[i] === least && equalsLeft-- > 0)) kept.push(i);
  }
  return kept;
}

function divided(values: Float64Array, pivot: number): { greater: Float64Array; smaller: Float64Array } {
  const both = new Float64Array(values.length);
  let front = 0;
  let back = values.length;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > pivot) both[front++] = value;
    else if (value < pivot) both[--back] = value;
  }
  return { greater: both.subarray(0, front), smaller: both.subarray(back) };
}

function medianOfThree(values: Float64Array): number {
  const ends = [values[0]!, values[values.length >> 1]!, values[values.length - 1]!];
  return ends.sort((a, b) => a - b)[1]!;
}
