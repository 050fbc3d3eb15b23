/** A table in Markdown, its first row the header. */
export const markdownTable = (rows: readonly (readonly (string | number)[])[]): string =>
  rows
    .map((cells, i) => `| ${cells.join(' | ')} |${i === 0 ? `\n|${' --- |'.repeat(cells.length)}` : ''}`)
    .join('\n');
