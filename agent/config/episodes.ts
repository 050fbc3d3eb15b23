import { z } from 'zod';

const positiveSeconds = z.number().positive().max(86_400).optional();

/** How predictions become events. */
export const episodes = z
  .union([
    z.literal(false),
    z.strictObject({
      idle: z
        .array(z.string().min(1))
        .default([])
        .describe('Labels for nothing in particular: they end an episode and begin none.'),
      leastS: z
        .number()
        .min(0)
        .max(86_400)
        .optional()
        .describe('A label that stands for less is no episode. By default as long as a window, or two hops.'),
      pauseS: z
        .number()
        .min(0)
        .max(86_400)
        .optional()
        .describe('What is idle or unknown for less does not interrupt an episode. By default three hops.'),
      dwellS: positiveSeconds.describe(
        'How long a label is expected to stand; longer is steadier and slower. By default a window, or three hops.',
      ),
      updateS: positiveSeconds.describe('An episode that goes on is told of again after so long; 30 s.'),
      seriesS: positiveSeconds.describe(
        'Episodes of one label that lie no further apart are counted on; 60 s.',
      ),
    }),
  ])
  .prefault({})
  .describe('Events on <base>/<board>/event: something begins, goes on, ends. false: none.');

export type EpisodesConfig = z.output<typeof episodes>;
