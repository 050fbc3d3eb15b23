import { z } from 'zod';

/** Where predictions and events wait for the broker (docs/delivery.md). */
export const outbox = z
  .strictObject({
    disk: z
      .boolean()
      .default(true)
      .describe('In the state folder, so that they outlive a power cut; false: in memory, some thousands.'),
    maxMb: z.number().min(1).max(100_000).default(64).describe('On disk, at most; the oldest give way.'),
    maxAgeH: z.number().positive().max(87_600).default(168).describe('Older ones are given up.'),
    commitMs: z
      .int()
      .min(0)
      .max(10_000)
      .default(20)
      .describe('How long messages are gathered before they are synced to disk together.'),
  })
  .prefault({})
  .describe('Where predictions and events wait for the broker.');
