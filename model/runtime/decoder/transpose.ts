/** A tile of float32 and its turned image fit into the first cache of any processor. */
const TILE = 32;

/**
 * (rows, columns) -> (columns, rows), tile by tile: column by column, every number would be fetched with a line of its own.
 *
 * @param turned not where the values are
 */
export function transpose<Numbers extends Float32Array | Uint8Array>(
  values: Numbers,
  rows: number,
  columns: number,
  turned: Numbers,
): void {
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(left + TILE, columns);
      for (let column = left; column < right; column++) {
        for (let row = top; row < bottom; row++) {
          turned[column * rows + row] = values[row * columns + column]!;
        }
      }
    }
  }
}
