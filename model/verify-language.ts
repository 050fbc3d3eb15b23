import { type LanguageExample, readLanguageGolden } from './language-golden.ts';
import { modelFiles } from './model-files.ts';
import { ModelRuntime } from './runtime/runtime.ts';
import type { SharedBase } from './shared-base.ts';
import type { GoldenResult } from './verify.ts';

/** Processors differ in the last bits of a float, .. */
const NATS_TOLERANCE = 1e-3;
/** .. which may tip the rounding of an activation to 8 bits. */
const QUANTISED_TOLERANCE = 5e-2;

/**
 * Does every variant of a language model say on this machine what it said on the trainer's? A token counts as the same where none
 * is more probable beyond the tolerance: of two that are equally so, either may be drawn. None of a base that has no examples.
 */
export async function verifyLanguage(base: SharedBase): Promise<GoldenResult[]> {
  const examples = await readLanguageGolden(base);
  if (examples.length === 0) return [];
  const results: GoldenResult[] = [];
  for (const { name } of base.manifest.variants) results.push(...(await verifyVariant(base, name, examples)));
  return results;
}

async function verifyVariant(
  base: SharedBase,
  variant: string,
  examples: readonly LanguageExample[],
): Promise<GoldenResult[]> {
  const tolerance = variant === 'fp32' ? NATS_TOLERANCE : QUANTISED_TOLERANCE;
  const { shape } = base.manifest;
  const runtime = await ModelRuntime.start({ ...modelFiles(base, variant), shape, threads: 1 });
  try {
    const results: GoldenResult[] = [];
    for (const { prompt, tokens, variants } of examples) {
      const { continuation, nats: expected } = variants[variant]!;
      const isEncodedSo = String(base.tokenizer.encode(prompt)) === String(tokens);
      const { nats, excess } = await foretold(runtime, tokens, continuation);
      const tokensEqual = isEncodedSo && excess <= tolerance;
      const largestError = Math.abs(nats - expected);
      results.push({
        id: JSON.stringify(prompt),
        variant,
        tokensEqual,
        largestError,
        ok: tokensEqual && largestError <= tolerance,
      });
    }
    return results;
  } finally {
    await runtime.close();
  }
}

/** The mean of a continuation's nats, and how far one of its tokens lies behind the most probable one, at most. */
export async function foretold(
  runtime: ModelRuntime,
  prompt: readonly number[],
  continuation: readonly number[],
): Promise<{ readonly nats: number; readonly excess: number }> {
  const [likelihood] = await runtime.likelihoods(prompt, [continuation]);
  const { nats, leastNats } = likelihood!;
  const total = nats.reduce((sum, one) => sum + one, 0);
  return {
    nats: total / continuation.length,
    excess: nats.reduce((most, one, i) => Math.max(most, one - leastNats[i]!), 0),
  };
}
