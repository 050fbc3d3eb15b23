/** Red comes last: it also says that an answer is wrong. */
const INKS = ['ink-blue', 'ink-2', 'ink-3', 'ink-1', 'ink-4', 'ink-green', 'ink-red'];

/** A class of style/theme.css for each label; after seven labels they come again. */
export const labelInks = (labels: readonly string[]): ReadonlyMap<string, string> =>
  new Map(labels.map((label, i) => [label, INKS[i % INKS.length]!]));
