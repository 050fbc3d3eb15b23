import { z } from 'zod';
import { seconds } from './values.ts';

/** How much is kept of boards, and how long. */
export const boards = z
  .strictObject({
    max: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe('So many boards are let in at a time; what further ones send is refused and counted.'),
    forgetAfterS: seconds(60, 3600).describe(
      'A board this long silent is forgotten: its memory is free, and another may come in its place.',
    ),
    reorderMs: z
      .number()
      .min(0)
      .max(10_000)
      .default(0)
      .describe(
        'So far may a reading fall behind newer ones of its board and still take its place. All answers come as much later.',
      ),
  })
  .prefault({})
  .describe('How much is kept of boards, and how long.');
