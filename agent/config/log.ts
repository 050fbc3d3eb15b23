import { z } from 'zod';

/** How much the agent says on standard error. */
export const log = z
  .strictObject({
    level: z
      .enum(['info', 'warn', 'error'])
      .default('info')
      .describe('The least that is told: everything, what was refused or lost, or what needs a person.'),
  })
  .prefault({})
  .describe('How much the agent says on standard error.');

export type LogLevel = z.output<typeof log>['level'];
