/** Percent with one decimal, without its sign: the head of a column says it. */
export const percent = (share: number): string => (100 * share).toFixed(1);

/** What several seeds came to: blank for none, the figure for one, mean and range for more. */
export function spread(
  values: readonly (number | null | undefined)[],
  text: (value: number) => string,
): string {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return '';
  if (known.length === 1) return text(known[0]!);
  return `${text(meanOf(known))} (${text(Math.min(...known))} to ${text(Math.max(...known))})`;
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
