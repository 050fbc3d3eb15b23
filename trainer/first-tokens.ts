import { configError } from '../protocols/errors.ts';
import type { Completion } from '../protocols/prompt.ts';

/**
 * A loss on the label alone looks at the first token of its answer, which must tell the labels apart.
 *
 * @param key of the recipe that asks for such a loss
 */
export function checkFirstTokens(key: string, completions: readonly Completion[]): void {
  const labelOf = new Map<number, string>();
  for (const { label, tokens } of completions) {
    const other = labelOf.get(tokens[0]!);
    if (other !== undefined) {
      throw configError(
        `${key}: the answers "${other}" and "${label}" begin with the same token`,
        'remove the key from the recipe, or name the labels so that their first words differ',
      );
    }
    labelOf.set(tokens[0]!, label);
  }
}
