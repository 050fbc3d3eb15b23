const INKS = ['ink-blue', 'ink-2', 'ink-3', 'ink-1', 'ink-red', 'ink-green', 'ink-4'];

/** A class of style/theme.css for each label; after seven labels they come again. */
export const labelInks = (labels: readonly string[]): ReadonlyMap<string, string> =>
  new Map(labels.map((label, i) => [label, INKS[i % INKS.length]!]));
