import { resolve } from 'node:path';
import { z } from 'zod';
import { nearest } from '../../protocols/nearest.ts';
import { cronProblem } from './cron.ts';
import { filePath } from './values.ts';

const when = {
  cron: z
    .string()
    .superRefine((expression, context) => {
      const message = cronProblem(expression);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .describe(
      'Minute, hour, day of month, month, day of week: "30 3 * * *" is every night at half past three.',
    ),
  timeZone: z
    .string()
    .superRefine((timeZone, context) => {
      const message = timeZoneProblem(timeZone);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .describe('Whose clock: "Europe/Berlin", "UTC"; the zone of this machine when absent.'),
  missed: z
    .enum(['skip', 'once'])
    .default('skip')
    .describe('When its time passed while the agent was off or asleep: leave it out, or do it once, late.'),
};

const plain = <const Name extends string>(what: Name, description: string) =>
  z.strictObject({ do: z.literal(what), ...when }).describe(description);

/** What the agent does by the clock. */
export const schedules = z
  .array(
    z.discriminatedUnion('do', [
      plain('health', 'Publish the counters.'),
      plain('trim', 'Give back what the outbox no longer needs on disk.'),
      plain('verify', 'Check the bundle: checksums, and its golden examples on this machine.'),
      plain('pause', 'Stop predicting.'),
      plain('resume', 'Predict again.'),
      plain('reload', 'Read this configuration again and take over what can change while running.'),
      z
        .strictObject({
          do: z.literal('swap'),
          ...when,
          bundle: filePath.describe('The folder of the model that takes over.'),
          variant: z.string().min(1).optional().describe('Which of its variants; its default when absent.'),
        })
        .describe('Let another model take over between two windows.'),
    ]),
  )
  .default([])
  .describe('What the agent does by the clock.');

/** With what it names as an absolute path. */
export const schedulePaths = (folder: string, schedule: Schedule): Schedule =>
  'bundle' in schedule ? { ...schedule, bundle: resolve(folder, schedule.bundle) } : schedule;

export type Schedule = z.output<typeof schedules>[number];

function timeZoneProblem(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    const suggestion = nearest(timeZone, Intl.supportedValuesOf('timeZone'));
    return `"${timeZone}" is no time zone${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
  }
}
