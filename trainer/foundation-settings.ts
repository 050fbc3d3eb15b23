import { z } from 'zod';
import { VARIANT_NAMES } from '../model/quantize.ts';

/** How a pre-trained model is packed: `bundle` of a corpus's recipe. */
export const foundationSettings = z.strictObject({
  /** The first is the default. */
  variants: z
    .array(z.enum(VARIANT_NAMES))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'a variant is named twice')
    .default(['int8']),
  /** Of all variants together. */
  maxBytes: z.int().positive(),
  /** Share by which a variant's bits per byte may lie above those of fp32; more, and it is left out. */
  maxRise: z.number().min(0).default(0.02),
  /** Text of the validation split on which the variants are measured, and questions of each kind about it. */
  textKb: z.number().positive().default(256),
  questions: z.int().min(0).default(200),
  /** What the card says of the data: where they are from, and under which licences. Markdown. */
  data: z.string().min(1).optional(),
});

export type FoundationSettings = z.infer<typeof foundationSettings>;
