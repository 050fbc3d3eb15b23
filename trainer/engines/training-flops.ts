import { type GptShape, parameterCount } from '../../model/shape.ts';

/**
 * Floating point operations to train on one token: 6 for each weight that multiplies (2 forward, 4 backward; the token table is
 * one, as the head, the positions are none), and 12 x layers x width x context for attention, its hidden half included.
 *
 * Source: Kaplan et al., 2020, section 2.1; Chowdhery et al. ("PaLM"), 2022, appendix B.
 */
export const trainingFlopsPerToken = (shape: GptShape): number => {
  const { layers, width, context } = shape;
  return 6 * (parameterCount(shape) - context * width) + 12 * layers * width * context;
};
