import { z } from 'zod';

const rule = (what: string) => z.enum(['refuse', 'warn']).default('refuse').describe(what);

/** What the agent does about a model that is too much for its machine. */
export const guards = z
  .strictObject({
    latency: rule('A model that takes longer for a window than windows take to come.'),
    memory: rule('A model that needs more memory than is free.'),
  })
  .prefault({})
  .describe('Models that are too much for this machine are refused at the start, or only warned of.');

export type Guards = z.output<typeof guards>;
export type GuardRule = Guards['latency'];
