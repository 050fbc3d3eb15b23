/**
 * Rows of cells as aligned text: the first column to the left, the others, as figures are, to the right; indented by
 * two. Every row has as many cells as the first.
 */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))))
    .map((cells) => `  ${cells.join('  ')}`.trimEnd())
    .join('\n');
}
