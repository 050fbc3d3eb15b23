import { z } from 'zod';
import { filePath } from './values.ts';

/** Where readings come from. */
export const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mqtt') }).describe('Boards publish on <base>/<board>/readings.'),
  z
    .strictObject({
      kind: z.literal('replay'),
      recordings: filePath.describe('A .jsonl or .jsonl.gz file of recordings.'),
      speed: z
        .union([z.number().positive(), z.literal('max')])
        .default(1)
        .describe('1: the pace of the recording; max: as fast as the model reads.'),
      loop: z.boolean().default(false).describe('Start again at the end.'),
    })
    .describe('A recording instead of boards.'),
]);
