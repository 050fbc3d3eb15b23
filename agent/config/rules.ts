import type { z } from 'zod';
import { nearest } from '../../protocols/nearest.ts';

/**
 * For a rule about several keys of a section: judged when each of them is good by itself, whatever else is wrong with the
 * file, so that it is told together with the mistakes of single keys. (Zod would wait until nothing else is wrong.)
 *
 * A key that was misspelt is not missed by the rule as well.
 */
export const whenGood = (...keys: readonly string[]) => ({
  when: ({ issues }: z.core.ParsePayload): boolean => issues.every((issue) => !concerns(issue, keys)),
});

function concerns(issue: z.core.$ZodRawIssue, keys: readonly string[]): boolean {
  const [key] = issue.path ?? [];
  if (key !== undefined) return keys.includes(String(key));
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys as readonly string[]).some((unknown) => nearest(unknown, keys) !== undefined);
  }
  // Another rule about the whole section says nothing about its keys; that it is no section at all, everything.
  return issue.code !== 'custom';
}
