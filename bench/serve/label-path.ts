/**
 * The tokens that a program which only writes has to write and read again before it knows that this label is meant: as
 * long as several labels go on with the same tokens, the next one must be asked for. None where the first token tells.
 *
 * @param labels the tokens of each, none of which begins with the whole of another
 */
export function tokensToTell(labels: readonly (readonly number[])[], label: number): number[] {
  const path = labels[label]!;
  let candidates = labels;
  for (const [depth, token] of path.entries()) {
    candidates = candidates.filter((tokens) => tokens[depth] === token);
    if (candidates.length === 1) return path.slice(0, depth);
  }
  throw new RangeError('one label begins with the whole of another');
}
